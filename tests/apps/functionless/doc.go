// Package functionless runs the guide README.md against DynamoDB Local and moto's server, command
// by command, and holds what the commands print to what the guide says.
//
// A line of a console block that begins with "$ " is a command, the lines below it are what it
// prints. "…" stands for any text, alone in a line for any lines. The first time an id of the guide
// is met it is taken for the one that was printed. The stand-ins listen elsewhere than the guide
// says, and so does apigw.
package functionless
