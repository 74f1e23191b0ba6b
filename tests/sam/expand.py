"""Turns template.yaml into the stack that CloudFormation would create, for tests to examine.

Reads variants from standard input, as a JSON list of

    {"parameters": {NAME: VALUE}, "set": {"Resources.X.Properties.Y": VALUE}, "replace": [[OLD, NEW]], "include": BOOL}

where set changes the template, replace the text of the OpenAPI document, and include false leaves Fn::Transform as it is. Prints for
each {"template": what the real SAM translator makes of it, "stack": its resources with conditions and parameters resolved}.
"""

import copy
import json
import sys

import yaml
from samcli.yamlhelper import yaml_parse
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator


class Strict(yaml.SafeLoader):
    """YAML as CloudFormation reads an included file: string keys, each once, no custom tags, no aliases, no nested include."""

    def compose_node(self, parent, index):
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError(f"an alias, which CloudFormation does not read: {self.peek_event().start_mark}")
        return super().compose_node(parent, index)

    def construct_mapping(self, node, deep=False):
        seen = set()
        for key, _ in node.value:
            name = self.construct_object(key)
            if not isinstance(name, str):
                raise yaml.YAMLError(f"the key {name!r} is no text; quote it: {key.start_mark}")
            if name in seen:
                raise yaml.YAMLError(f"the key {name!r} stands twice: {key.start_mark}")
            if name == "Fn::Transform":
                raise yaml.YAMLError(f"an include within the included file: {key.start_mark}")
            seen.add(name)
        return super().construct_mapping(node, deep)


def included(value, replace):
    """value with the included file in place of Fn::Transform."""
    if isinstance(value, dict):
        include = value.get("Fn::Transform")
        if include is not None:
            if len(value) != 1 or include["Name"] != "AWS::Include":
                raise ValueError(f"not a lone AWS::Include: {value}")
            with open(include["Parameters"]["Location"], encoding="utf-8") as f:
                text = f.read()
            for old, new in replace:
                if old not in text:
                    raise ValueError(f"the document does not hold {old!r}")
                text = text.replace(old, new)
            # Through JSON, as it would be sent.
            return json.loads(json.dumps(yaml.load(text, Strict)))
        return {k: included(v, replace) for k, v in value.items()}
    if isinstance(value, list):
        return [included(v, replace) for v in value]
    return value


def resolved(template, parameters):
    """The resources that exist with these parameters, without Fn::If and without references to parameters."""
    conditions = template.get("Conditions", {})

    def holds(c):
        ((function, args),) = c.items()
        if function == "Condition":
            return holds(conditions[args])
        if function == "Fn::Equals":
            left, right = (parameters[a["Ref"]] if isinstance(a, dict) else a for a in args)
            return str(left) == str(right)
        if function == "Fn::Not":
            return not holds(args[0])
        if function == "Fn::And":
            return all(holds(a) for a in args)
        if function == "Fn::Or":
            return any(holds(a) for a in args)
        raise ValueError(f"no condition function: {function}")

    gone = object()

    def walk(v):
        if isinstance(v, list):
            return [w for w in map(walk, v) if w is not gone]
        if not isinstance(v, dict):
            return v
        if list(v) == ["Fn::If"]:
            name, yes, no = v["Fn::If"]
            return walk(yes if holds({"Condition": name}) else no)
        if v == {"Ref": "AWS::NoValue"}:
            return gone
        if list(v) == ["Ref"] and v["Ref"] in parameters:
            return parameters[v["Ref"]]
        walked = {k: walk(w) for k, w in v.items()}
        return {k: w for k, w in walked.items() if w is not gone}

    resources = {n: r for n, r in template["Resources"].items() if "Condition" not in r or holds({"Condition": r["Condition"]})}
    return walk(resources)


def expand(source, variant):
    template = copy.deepcopy(source)
    for path, value in variant.get("set", {}).items():
        *parents, last = path.split(".")
        target = template
        for name in parents:
            target = target[name]
        target[last] = value
    # What `sam package` inserts.
    template["Resources"]["GameFunction"]["Properties"]["ImageUri"] = "123456789012.dkr.ecr.eu-north-1.amazonaws.com/game:gamefunction-0-latest"
    if variant.get("include", True):
        template = included(template, variant.get("replace", []))
    parameters = {n: p["Default"] for n, p in template["Parameters"].items()} | variant.get("parameters", {})
    transformed = Translator({}, Parser()).translate(template, dict(parameters))
    # Linting exceptions for the source do not apply to the result.
    for resource in transformed["Resources"].values():
        resource.get("Metadata", {}).pop("cfn-lint", None)
    return {"template": transformed, "stack": resolved(transformed, parameters)}


def main():
    with open("template.yaml", encoding="utf-8") as f:
        source = yaml_parse(f.read())
    json.dump([expand(source, variant) for variant in json.load(sys.stdin)], sys.stdout)


main()
