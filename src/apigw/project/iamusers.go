package project

import (
	"context"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"

	"example.com/guessing-game/src/apigw/cli"
	"example.com/guessing-game/src/apigw/gateway/sigv4"
)

const iamUserUsage = "a user who may sign requests to methods with AWS_IAM, as `NAME=KEY:SECRET`; repeat for each (default: the credentials of this machine)"

// IAMUsers are those who may sign requests: given ones, or whoever owns this machine's
// credentials.
type IAMUsers struct {
	Given []sigv4.User

	mu      sync.Mutex
	machine aws.CredentialsProvider
	looked  time.Time
}

// localUser is the name given to the user whose credentials this machine has; only AWS knows the
// real one.
const localUser = "local"

// How this machine's credentials are looked up.
const (
	credentialTime  = 5 * time.Second  // time that it may take
	credentialPause = 10 * time.Second // before they are looked for again
)

var iamUserName = regexp.MustCompile(`^[\w+=,.@-]{1,64}$`)

// readIAMUsers reads what --iam-user says.
func readIAMUsers(args []string) (*IAMUsers, error) {
	u := &IAMUsers{}
	for _, arg := range args {
		i := strings.LastIndexByte(arg[:max(strings.IndexByte(arg, ':'), 0)], '=')
		if i < 0 || !iamUserName.MatchString(arg[:i]) {
			return nil, cli.Usagef("--iam-user: it must be of the form NAME=KEY:SECRET, with a NAME that IAM takes")
		}
		key, secret, _ := strings.Cut(arg[i+1:], ":")
		if key == "" || secret == "" {
			return nil, cli.Usagef("--iam-user %s=…: it must be of the form NAME=KEY:SECRET", arg[:i])
		}
		u.Given = append(u.Given, sigv4.User{Name: arg[:i], AccessKeyID: key, Secret: secret})
	}
	return u, nil
}

// find implements gateway.Options.IAMUser.
func (u *IAMUsers) find(accessKeyID string) *sigv4.User {
	for i := range u.Given {
		if u.Given[i].AccessKeyID == accessKeyID {
			return &u.Given[i]
		}
	}
	if len(u.Given) > 0 {
		return nil
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), credentialTime)
	defer cancel()
	if u.machine == nil && time.Since(u.looked) > credentialPause {
		u.looked = time.Now()
		// A laptop has no metadata service, and the request for it would time out.
		if c, err := config.LoadDefaultConfig(ctx, config.WithEC2IMDSClientEnableState(imds.ClientDisabled)); err == nil {
			u.machine = c.Credentials
		}
	}
	if u.machine == nil {
		return nil
	}
	c, err := u.machine.Retrieve(ctx)
	if err != nil {
		u.machine = nil // they may be there later
		return nil
	}
	if c.AccessKeyID != accessKeyID {
		return nil
	}
	return &sigv4.User{Name: localUser, AccessKeyID: c.AccessKeyID, Secret: c.SecretAccessKey, SessionToken: c.SessionToken}
}
