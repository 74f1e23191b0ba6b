// Package readme runs the commands of README.md and compares what they print with it.
//
// A block of the kind `console` is one shell: a line that begins with "$ " is a command, the lines
// below it are what it prints. "…" stands for any text, alone in a line for any lines. Ids and the
// secret number are those of this run: the first time an id of the README corresponds to an id that
// was printed, it stands for that one from there on, and the 7 of the README for the number drawn.
// The command `make start` keeps running for the blocks that follow. Commands of SAM and Docker are
// run by tests/sam.
package readme
