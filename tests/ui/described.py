"""Check answers of the REST API against the description that the server gives of them."""

from jsonschema import Draft202012Validator


def closed(value):
    """Return schemas that allow no field but those that they name."""
    if isinstance(value, list):
        return [closed(item) for item in value]
    if not isinstance(value, dict):
        return value
    inner = {key: closed(item) for key, item in value.items()}
    return {"additionalProperties": False, **inner} if isinstance(value.get("properties"), dict) else inner


class Description:
    def __init__(self, document):
        self.document = document
        self.components = closed(document["components"])

    def fits(self, method, path, status, value):
        """Check a body that was sent; raises ValidationError."""
        response = self.document["paths"][path][method.lower()]["responses"][str(status)]
        if "$ref" in response:
            response = self.document["components"]["responses"][response["$ref"].rpartition("/")[2]]
        schema = response["content"]["application/json"]["schema"]
        Draft202012Validator({**schema, "components": self.components}).validate(value)

    def fits_examples(self, method, path, operation):
        """Check the examples of answers."""
        for status, response in operation["responses"].items():
            content = response.get("content", {}).get("application/json", {})
            if "example" in content:
                self.fits(method, path, status, content["example"])

    def routes(self):
        return {
            f"{method.upper()} {path}" for path, item in self.document["paths"].items() for method in item
        }
