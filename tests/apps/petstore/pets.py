import json

PETS = [{"id": 1, "type": "dog", "price": 249.99}, {"id": 2, "type": "cat", "price": 124.99}, {"id": 3, "type": "fish", "price": 0.99}]


class BadPet(Exception):
    pass


def handler(event, context):
    if event["do"] == "list":
        pets = [p for p in PETS if event["type"] in ("", p["type"])]
        return {"pets": pets, "count": len(pets), "asked": event}
    pet = event["pet"]
    if pet["price"] <= 0:
        raise BadPet("BadPet: " + json.dumps({"field": "price", "reason": "no pet is free"}))
    return {"pet": pet, "message": "success", "by": context.function_name}
