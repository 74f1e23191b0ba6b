"""Two Lambda authorizers and the function behind them. A token is a name and the path that it opens: "ann doors/*"."""
import json

asked = {"token": 0}


def doors(event, context):
    authorizer = event["requestContext"].get("authorizer", {})
    authorizer.pop("integrationLatency", None)
    return {"statusCode": 200, "body": json.dumps({"path": event["path"], "authorizer": authorizer})}


def policy(principal, effect, *resources, **context):
    statements = [{"Action": "execute-api:Invoke", "Effect": effect, "Resource": list(resources)}]
    return {"principalId": principal, "policyDocument": {"Version": "2012-10-17", "Statement": statements}, "context": context}


def token(event, context):
    asked["token"] += 1
    name, opens = event["authorizationToken"].split(" ", 1)
    if name == "nobody":
        raise Exception("Unauthorized")
    if name == "broken":
        raise ValueError("cannot tell")
    prefix, stage = event["methodArn"].split("/")[:2]
    return policy(name, "Allow", f"{prefix}/{stage}/*/{opens}*", why="no such door for you", asked=asked["token"], admin=name == "root")


def request(event, context):
    who = event["queryStringParameters"]["as"]
    return policy(who, "Deny" if who == "thief" else "Allow", event["methodArn"], why="thieves stay out", seen=event["requestContext"]["identity"]["sourceIp"])
