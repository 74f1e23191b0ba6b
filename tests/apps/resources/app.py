def greet(event, context):
    name = event["body"]["name"]
    if not name:
        raise ValueError("[400] a name is needed, isn't it?")
    if name == "nobody":
        raise LookupError("[502] nobody is there")
    return event
