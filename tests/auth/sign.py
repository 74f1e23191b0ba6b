# Sends "METHOD URL BODY" of the arguments, signed by botocore, or in a presigned URL where a fourth argument says so, and prints the
# status and the body of the response.
import sys
import urllib.request

from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

method, url, body = sys.argv[1:4]
signer = SigV4QueryAuth if len(sys.argv) > 4 else SigV4Auth
request = AWSRequest(method=method, url=url, data=body.encode() or None, headers={"Content-Type": "application/json"} if body else {})
signer(Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"), "execute-api", "us-east-1").add_auth(request)
signed = request.prepare()
outgoing = urllib.request.Request(signed.url, data=signed.body, headers=dict(signed.headers), method=method)
try:
    with urllib.request.urlopen(outgoing) as response:
        print(response.status, response.read().decode())
except urllib.error.HTTPError as error:
    print(error.code, error.read().decode())
