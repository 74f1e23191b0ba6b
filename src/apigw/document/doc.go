// Package document reads YAML and JSON into nodes that have positions, and reports what is wrong in
// them, with a position and a fix.
//
// A tree that Parse returns has no aliases and no merge keys: they are expanded. Positions count
// lines and columns from 1, columns in characters (Unicode code points), whatever the file's
// format.
package document
