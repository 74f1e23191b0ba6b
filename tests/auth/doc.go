// Package auth tests access to an API with tokens and requests that libraries of other languages
// have signed: PyJWT and jsonwebtoken, botocore, the AWS CLI and the AWS SDK for JavaScript.
package auth
