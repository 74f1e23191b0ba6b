import os
import time

PRICES = {"tea": 4, "cup": 9}


class OutOfStock(Exception):
    pass


class NotFound(Exception):
    pass


def handler(event, context):
    if event["action"] == "create":
        for item in event["items"]:
            if item["sku"] not in PRICES:
                raise OutOfStock(f"OutOfStock: there is no more {item['sku']}")
        total = sum(PRICES[i["sku"]] * i["count"] for i in event["items"])
        order = f"{event['customer']}-{total}"
        return {"id": order, "path": "/orders/" + order, "total": total, "symbol": os.environ["SYMBOL"], "note": event["note"]}
    if event["id"] == "slow":
        time.sleep(30)
    if event["id"] == "crash":
        os._exit(1)
    if event["id"] == "broken":
        raise RuntimeError("a line\nand another")
    if event["id"] != "ann-17":
        raise NotFound(f"NotFound: {event['id']}")
    answer = {"id": event["id"], "currency": os.environ["CURRENCY"]}
    if event["verbose"]:
        answer["function"] = context.function_name
        answer["memory"] = context.memory_limit_in_mb
    return answer
