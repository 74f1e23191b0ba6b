// Package functionless runs the guide README.md against DynamoDB Local and moto's server, command
// by command, and compares what the commands print with the guide.
//
// A line of a console block that begins with "$ " is a command, the lines below it are what it
// prints. "…" stands for any text, alone in a line for any lines. The first time an id of the guide
// occurs it is taken for the one that was printed. The stand-ins and apigw listen on other ports
// than in the guide.
package functionless
