"""A client of the Lambda Runtime API in pure Python, for the applications in this folder: python3 bootstrap.py MODULE.FUNCTION

AWS's own client, awslambdaric, does the same and more; this one needs only Python. The module is looked up in the current
directory. See https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html.
"""
import importlib
import json
import os
import sys
import traceback
import urllib.request
from types import SimpleNamespace

sys.dont_write_bytecode = True  # leaves no __pycache__ beside the modules
BASE = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"] + "/2018-06-01/runtime/"


def post(path, value, headers=None):
    body = json.dumps(value).encode()
    request = urllib.request.Request(BASE + path, body, {"Content-Type": "application/json", **(headers or {})})
    urllib.request.urlopen(request).close()


def error(e):
    return {"errorMessage": str(e), "errorType": type(e).__name__, "stackTrace": traceback.format_tb(e.__traceback__)}


def main(name):
    sys.path.insert(0, os.getcwd())
    try:
        module, function = name.rsplit(".", 1)
        handler = getattr(importlib.import_module(module), function)
    except Exception as e:
        post("init/error", error(e), {"Lambda-Runtime-Function-Error-Type": "Runtime.ImportModuleError"})
        sys.exit(1)
    while True:
        with urllib.request.urlopen(BASE + "invocation/next") as response:
            event, headers = json.load(response), response.headers
        request_id = headers["Lambda-Runtime-Aws-Request-Id"]
        context = SimpleNamespace(
            aws_request_id=request_id,
            invoked_function_arn=headers["Lambda-Runtime-Invoked-Function-Arn"],
            function_name=os.environ["AWS_LAMBDA_FUNCTION_NAME"],
            memory_limit_in_mb=os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"],
        )
        try:
            result = handler(event, context)
        except Exception as e:
            post(f"invocation/{request_id}/error", error(e))
        else:
            post(f"invocation/{request_id}/response", result)


if __name__ == "__main__":
    main(sys.argv[1])
