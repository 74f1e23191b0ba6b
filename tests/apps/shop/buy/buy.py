import json, os, boto3

orders = boto3.resource("dynamodb").Table(os.environ["ORDERS"])
s3, sqs, functions = boto3.client("s3"), boto3.client("sqs"), boto3.client("lambda")


def handler(event, context):
    if event["httpMethod"] == "GET":
        id = event["pathParameters"]["id"]
        order = orders.get_item(Key={"id": id}).get("Item")
        if order is None:
            return {"statusCode": 404, "body": "no order " + id}
        receipt = s3.get_object(Bucket=os.environ["RECEIPTS"], Key=id)["Body"].read().decode()
        return {"statusCode": 200, "body": order["what"] + ": " + receipt}
    order = json.loads(event["body"])
    orders.put_item(Item=order)
    s3.put_object(Bucket=os.environ["RECEIPTS"], Key=order["id"], Body="paid " + order["id"])
    url = sqs.get_queue_url(QueueName=os.environ["SHIPMENTS"].split("/")[-1])["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody=order["what"])
    seen = functions.invoke(FunctionName=os.environ["SHIP"], Payload=json.dumps({"look": True}))["Payload"].read()
    return {"statusCode": 201, "body": seen.decode()}
