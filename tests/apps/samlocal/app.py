import os
import boto3


def handler(event, context):
    endpoint = os.environ["DYNAMODB_ENDPOINT"]
    if event["path"] == "/container" and os.environ.get("AWS_SAM_LOCAL"):
        endpoint = "http://dynamodb:8000"
    tables = boto3.client("dynamodb", endpoint_url=endpoint).list_tables()
    return {"statusCode": 200, "body": ",".join(tables["TableNames"])}
