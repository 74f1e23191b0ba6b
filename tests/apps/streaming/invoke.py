"""Calls InvokeWithResponseStream of the function Teller at the endpoint in the first argument, with boto3, for each event that follows,
and prints the events that arrive."""
import json
import sys

import boto3
from botocore import UNSIGNED
from botocore.config import Config

client = boto3.client("lambda", endpoint_url=sys.argv[1], region_name="us-east-1", config=Config(signature_version=UNSIGNED))
for event in sys.argv[2:]:
    answer = client.invoke_with_response_stream(FunctionName="Teller", Payload=event)
    print(answer["StatusCode"], answer["ResponseStreamContentType"], end=" ")
    text = b""
    for e in answer["EventStream"]:
        if "PayloadChunk" in e:
            text += e["PayloadChunk"]["Payload"]
        else:
            end = e["InvokeComplete"]
            print(json.dumps(text.decode()), end.get("ErrorCode", "-"), json.loads(end.get("ErrorDetails") or "{}").get("errorMessage", "-"))
