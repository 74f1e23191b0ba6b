"""Writes what apigw knows about AWS's services, from botocore's models: names.txt of package upstream, and operations.txt next to this file.

go generate runs it, with the botocore of tests/moto/requirements.txt.
"""
import collections
import pathlib

import botocore
import botocore.session

# The services that integrations of the form action/NAME are known to call. All of AWS's services would take 200 KB.
LISTED = """
    athena cognito-idp comprehend dynamodb email events firehose kinesis kms logs monitoring rekognition secretsmanager sns sqs ssm states
    streams.dynamodb sts textract transcribe translate
""".split()

here = pathlib.Path(__file__).parent
loader = botocore.session.get_session().get_component("data_loader")
services = [loader.load_service_model(name, "service-2") for name in loader.list_available_services("service-2")]


def text(s):
    return s.upper().replace("-", "_").replace(".", "_").replace(" ", "_")


# A host of AppSync's that is in no model: that of an API.
signing = {"appsync-api": "appsync"}
sdk = collections.defaultdict(list, {"appsync-api": ["APPSYNC_API"]})
operations = collections.defaultdict(set)
for model in services:
    meta = model["metadata"]
    host = meta["endpointPrefix"]
    signing.setdefault(host, meta.get("signingName", host))
    sdk[host].append(text(meta["serviceId"]))
    if not set(meta.get("protocols", [meta["protocol"]])).isdisjoint({"json", "query"}):
        operations[host] |= set(model["operations"])

with open(here.parent / "upstream" / "names.txt", "w", encoding="utf-8", newline="\n") as f:
    for host in sorted(signing):
        if signing[host] != host or sdk[host] != [text(host)]:
            print(host, signing[host], *sdk[host], file=f)

with open(here / "operations.txt", "w", encoding="utf-8", newline="\n") as f:
    print("# botocore", botocore.__version__, file=f)
    for host in LISTED:
        print(host, *sorted(operations[host]), file=f)
