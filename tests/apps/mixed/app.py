import base64
import json
import os


def sums(event, context):
    return {"sum": sum(int(n) for n in event["numbers"])}


def echo(event, context):
    if event["path"].endswith("/png"):
        return {"statusCode": 200, "headers": {"Content-Type": "image/png"}, "isBase64Encoded": True,
                "body": base64.b64encode(b"\x89PNG\r\n").decode()}
    body = {
        "method": event["httpMethod"],
        "resource": event["resource"],
        "path": event["path"],
        "parameters": event["pathParameters"],
        "query": event["queryStringParameters"],
        "body": event["body"],
        "level": os.environ["LEVEL"],
    }
    return {"statusCode": 200, "headers": {"Content-Type": "application/json", "X-Level": os.environ["LEVEL"]}, "body": json.dumps(body)}
