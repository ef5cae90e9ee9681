"""Writes transformed.json beside this file: what AWS SAM makes of the templates in docs/sam.md, before and after a deploy
with other code and configuration. Needs `pip install aws-sam-translator`; run it when the page's templates change."""

import json
import os
import re
from pathlib import Path

os.environ.setdefault("AWS_DEFAULT_REGION", "eu-west-1")

import samtranslator
from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

HERE = Path(__file__).parent
SOURCES = re.findall(r"^```yaml\n(.*?)^```$", (HERE / "../../../docs/sam.md").read_text(), re.M | re.S)


class ManagedPolicies:
    def load(self):
        name = "AWSLambdaBasicExecutionRole"
        return {name: f"arn:aws:iam::aws:policy/service-role/{name}"}


def deployed(source, key, more):
    document = yaml_parse(source)
    # As `sam package` does.
    document["Resources"]["OrdersFunction"]["Properties"].update({"CodeUri": f"s3://deployments/{key}", **more})
    return transform(document, {}, ManagedPolicies())


other = {"MemorySize": 512, "Environment": {"Variables": {"CURRENCY": "EUR"}}}
transformed = [
    {
        "source": source,
        "first": deployed(source, "code.zip", {}),
        "second": deployed(source, "other.zip", other),
    }
    for source in SOURCES
]
result = {"translator": f"aws-sam-translator {samtranslator.__version__}", "templates": transformed}
(HERE / "transformed.json").write_text(json.dumps(result, indent=2) + "\n")
