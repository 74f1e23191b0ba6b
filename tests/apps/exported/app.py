import json


def parcels(event, context):
    if event["params"]["path"]["id"] == "9":
        raise KeyError("[NotFound] 9")
    return {**event, "arn": context.invoked_function_arn.split(":")[-1]}


def rest(event, context):
    return {"statusCode": 200, "body": json.dumps(event["pathParameters"])}
