# Reads {"key": PEM, "kid": …, "claims": {NAME: CLAIMS}} from standard input and writes {NAME: TOKEN}, made by PyJWT.
import json
import sys

import jwt

given = json.load(sys.stdin)
headers = {"kid": given["kid"]}
print(json.dumps({name: jwt.encode(claims, given["key"], algorithm="RS256", headers=headers) for name, claims in given["claims"].items()}))
