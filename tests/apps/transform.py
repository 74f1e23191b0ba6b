"""Prints what the real SAM transform makes of the template whose path is the argument, as JSON."""
import json
import os
import sys

from samcli.yamlhelper import yaml_parse
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
with open(sys.argv[1], encoding="utf-8") as f:
    template = yaml_parse(f.read())
for resource in template["Resources"].values():
    if resource["Type"] == "AWS::Serverless::Function":
        # What sam package inserts.
        resource["Properties"]["CodeUri"] = "s3://bucket/key"
template.get("Globals", {}).get("Function", {}).pop("CodeUri", None)
parameters = {name: p["Default"] for name, p in template.get("Parameters", {}).items()}
json.dump(Translator({}, Parser()).translate(template, parameters), sys.stdout)
