// Package sam reads what an API on a laptop needs from a SAM or CloudFormation template, or from a
// stand-alone OpenAPI document: the definitions of the REST APIs with every intrinsic function in
// them resolved, their stages and stage variables, the functions with their environment, timeout
// and memory, and the permissions to invoke them.
//
// It reads the template as written, as sam build and sam package leave it, and as the SAM transform
// returns it. It resolves only what is needed, so the rest of a template may contain anything. What
// it cannot resolve is an error with file, line and column; nothing is left out silently.
//
// Values that exist only in a deployment take local ones: the account 123456789012, the Region
// us-east-1, and for a resource its own name property or else its logical ID, as sam local does. So
// ${GameFunction.Arn} becomes arn:aws:lambda:us-east-1:123456789012:function:GameFunction.
package sam
