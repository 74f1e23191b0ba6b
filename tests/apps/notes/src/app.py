import json


def notes(event, context):
    return {"statusCode": 200, "headers": {"Content-Type": "application/json"}, "body": json.dumps({
        "function": context.function_name,
        "route": event["httpMethod"] + " " + event["resource"],
        "path": event["requestContext"]["path"],
        "parameters": event["pathParameters"],
    })}
