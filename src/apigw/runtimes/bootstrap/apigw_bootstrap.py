"""Runs a handler as Lambda's Python runtime does: python -u bootstrap.py DIR

DIR is the user's current folder, for the paths in suggested commands.

It takes events from the Runtime API at AWS_LAMBDA_RUNTIME_API and passes them to the function that
_HANDLER names. Errors, logs and the context object have the same shapes as in Lambda. Modules that
take long to import are avoided (http.client, socket) or imported only when needed (logging,
traceback), since they would make up most of a cold start.
https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""
import _socket
import importlib
import json
import os
import sys
import time
from importlib.machinery import PathFinder

API = "/2018-06-01/runtime/"
# The modules that Lambda's runtime includes and that Python itself does not.
INCLUDED = {"boto3", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3", "six"}


class Fault(Exception):
    """An error that the runtime finds, with its type in Lambda and the lines of its stack trace."""

    def __init__(self, kind, message, trace=None):
        super().__init__(message)
        self.kind, self.message, self.trace = kind, message, trace or []


class RuntimeClient:
    """Speaks to the Runtime API over one connection."""

    def __init__(self, address):
        host, _, port = address.rpartition(":")
        self.address = (host, int(port))
        self.host = address.encode()
        self.connection = None

    def next(self):
        status, headers, body = self.request(b"GET", "invocation/next", b"", {})
        if status != 200:
            raise RuntimeError("the Runtime API answers %d: %s" % (status, body.decode("utf-8", "replace")))
        return headers, body

    def post(self, path, body, headers):
        self.request(b"POST", path, body, headers)

    def request(self, method, path, body, headers):
        if self.connection is None:
            self.connection = _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM)
            self.connection.connect(self.address)
            self.connection.setsockopt(_socket.IPPROTO_TCP, _socket.TCP_NODELAY, 1)
            self.rest = b""
        lines = [method + b" " + (API + path).encode() + b" HTTP/1.1", b"Host: " + self.host]
        if method == b"POST":
            lines.append(b"Content-Length: %d" % len(body))
        for name, value in headers.items():
            lines.append(name.encode() + b": " + value.encode("ascii", "backslashreplace"))
        head = b"\r\n".join(lines) + b"\r\n\r\n"
        if len(body) < 65536:
            self.connection.sendall(head + body)
        else:
            self.connection.sendall(head)
            self.connection.sendall(body)
        return self.response()

    def response(self):
        while b"\r\n\r\n" not in self.rest:
            self.receive()
        head, _, self.rest = self.rest.partition(b"\r\n\r\n")
        status, *lines = head.decode("utf-8", "replace").split("\r\n")
        headers = {}
        for line in lines:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        parts, left = [self.rest], int(headers.get("content-length", "0")) - len(self.rest)
        while left > 0:
            self.rest = b""
            self.receive()
            parts.append(self.rest)
            left -= len(self.rest)
        body = b"".join(parts)
        self.rest = body[len(body) + left:] if left < 0 else b""
        if left < 0:
            body = body[:left]
        if headers.get("connection", "").lower() == "close":
            self.connection.close()
            self.connection = None
        return int(status.split()[1]), headers, body

    def receive(self):
        chunk = self.connection.recv(1 << 18)
        if not chunk:  # the program that runs the functions has ended, so they end too
            os._exit(0)
        self.rest += chunk


class _Record:
    """An object with some attributes, all None unless a dictionary says otherwise."""

    __slots__ = ()

    def __init__(self, values):
        for name in self.__slots__:
            setattr(self, name, values.get(name))

    def __repr__(self):
        return "%s([%s])" % (type(self).__name__, ",".join("%s=%s" % (n, getattr(self, n)) for n in self.__slots__))


class CognitoIdentity(_Record):
    __slots__ = ("cognito_identity_id", "cognito_identity_pool_id")


class Client(_Record):
    __slots__ = ("installation_id", "app_title", "app_version_name", "app_version_code", "app_package_name")


class ClientContext(_Record):
    __slots__ = ("custom", "env", "client")


class LambdaContext:
    """The second argument of a handler: https://docs.aws.amazon.com/lambda/latest/dg/python-context.html"""

    def __init__(self, headers):
        get = os.environ.get
        self.aws_request_id = headers.get("lambda-runtime-aws-request-id")
        self.log_group_name = get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.function_name = get("AWS_LAMBDA_FUNCTION_NAME")
        self.memory_limit_in_mb = get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.function_version = get("AWS_LAMBDA_FUNCTION_VERSION")
        self.invoked_function_arn = headers.get("lambda-runtime-invoked-function-arn")
        self.tenant_id = headers.get("lambda-runtime-aws-tenant-id")
        self.client_context = None
        client = _header(headers, "lambda-runtime-client-context", "Client Context")
        if client is not None:
            self.client_context = ClientContext(client)
            if self.client_context.client is not None:
                self.client_context.client = Client(self.client_context.client)
        identity = _header(headers, "lambda-runtime-cognito-identity", "Cognito Identity") or {}
        self.identity = CognitoIdentity({
            "cognito_identity_id": identity.get("cognitoIdentityId"),
            "cognito_identity_pool_id": identity.get("cognitoIdentityPoolId"),
        })
        self._epoch_deadline_time_in_ms = int(headers.get("lambda-runtime-deadline-ms", "0"))

    def get_remaining_time_in_millis(self):
        return max(self._epoch_deadline_time_in_ms - int(time.time() * 1000), 0)

    def log(self, message):
        sys.stdout.write(str(message))

    def __repr__(self):
        names = ("aws_request_id", "log_group_name", "log_stream_name", "function_name", "memory_limit_in_mb",
                 "function_version", "invoked_function_arn", "client_context", "identity", "tenant_id")
        return "LambdaContext([%s])" % ",".join("%s=%s" % (n, getattr(self, n)) for n in names)


def _header(headers, name, what):
    text = headers.get(name)
    if not text:
        return None
    try:
        return json.loads(text)
    except ValueError as e:
        raise Fault("Runtime.LambdaContextUnmarshalError", "Unable to parse %s JSON: %s" % (what, e))


class Encoder(json.JSONEncoder):
    """Encodes what a handler returns as Lambda's encoder (simplejson) does: decimals are numbers."""

    mark = None  # encloses decimals, once there is one

    def default(self, value):
        decimal = sys.modules.get("decimal")
        if decimal is not None and isinstance(value, decimal.Decimal):
            if value.is_nan():
                return float("nan")
            if self.mark is None:
                self.mark = os.urandom(16).hex()
            return self.mark + str(value) + self.mark
        return super().default(value)


def encode(value):
    # Since Python 3.12, Lambda does not escape non-ASCII characters.
    version = os.environ.get("AWS_EXECUTION_ENV", "").rpartition("python3.")[2]
    encoder = Encoder(ensure_ascii=not (version.isdigit() and int(version) >= 12))
    text = encoder.encode(_plain(value, 0))
    if encoder.mark is not None:
        text = text.replace('"' + encoder.mark, "").replace(encoder.mark + '"', "")
    return text


def _plain(value, depth):
    """What Lambda's JSON has in place of some values: objects for named tuples, text for bytes."""
    kind = type(value)
    if kind is str or kind is int or value is None or depth > 200:
        return value
    if isinstance(value, dict):
        changed = {_text(k): _plain(v, depth + 1) for k, v in value.items()}
        return changed if any(changed.get(k, changed) is not v for k, v in value.items()) else value
    if isinstance(value, tuple) and callable(getattr(value, "_asdict", None)):
        return _plain(value._asdict(), depth + 1)
    if isinstance(value, (list, tuple)):
        changed = [_plain(v, depth + 1) for v in value]
        return changed if any(a is not b for a, b in zip(changed, value)) else value
    return _text(value)


def _text(value):
    return value.decode("utf-8") if isinstance(value, bytes) else value


def find_handler(name):
    """The function that a Handler names: path/to/module.function, or package.module.function."""
    module, dot, function = name.rpartition(".")
    if not dot:
        raise Fault("Runtime.MalformedHandlerName",
                    "Bad handler '%s': not enough values to unpack (expected 2, got 1)" % name)
    if module.split(".")[0] in sys.builtin_module_names:
        raise Fault("Runtime.BuiltInModuleConflict", "Cannot use built-in module %s as a handler module" % module)
    try:
        found = importlib.import_module(module.replace("/", "."))
    except ImportError as e:
        advice = missing(e)
        raise Fault("Runtime.ImportModuleError",
                    "Unable to import module '%s': %s%s" % (module, e, " (%s)" % advice if advice else ""))
    except SyntaxError as e:
        raise Fault("Runtime.UserCodeSyntaxError", "Syntax error in module '%s': %s" % (module, e),
                    ['  File "%s" Line %s\n    %s' % (e.filename, e.lineno, e.text)])
    try:
        return getattr(found, function)
    except AttributeError:
        raise Fault("Runtime.HandlerNotFound", "Handler '%s' missing on module '%s'" % (function, module))


def missing(error):
    """How to install a module that is missing here but that Lambda has; empty for any other."""
    name = (getattr(error, "name", None) or "").partition(".")[0]
    if not name or not isinstance(error, ModuleNotFoundError):
        return ""
    root, listed = os.environ["LAMBDA_TASK_ROOT"], ""
    if name in INCLUDED:
        why, what = "Lambda's runtime includes %s, this Python does not" % name, name
        if name == "dateutil":
            what = "python-dateutil"
    else:
        found = outside(name)
        if found:
            return "%s is outside the function's CodeUri, and no layer on this machine has it" % found
        while not listed:  # of the function, or of the project that contains it
            candidate = os.path.join(root, "requirements.txt")
            if os.path.isfile(candidate):
                listed = candidate
            elif os.path.isfile(os.path.join(root, "template.yaml")) or root == os.path.dirname(root):
                return ""
            root = os.path.dirname(root)
        listed = os.path.relpath(listed, sys.argv[1])
        if installed():
            return ""  # it is not among them
        why, what = "requirements.txt is not installed", "-r " + listed
    return why + "; install it with: " + pip_install(what)


def outside(name):
    """Where a module is above the function's code, up to the template's folder; empty if it is not there."""
    root = os.environ["LAMBDA_TASK_ROOT"]
    while not os.path.isfile(os.path.join(root, "template.yaml")) and root != os.path.dirname(root):
        root = os.path.dirname(root)
        for candidate in (os.path.join(root, name), os.path.join(root, name + ".py")):
            if os.path.exists(candidate):
                return os.path.relpath(candidate, sys.argv[1])
    return ""


def installed():
    """Whether apigw installed the function's requirements, or a virtual environment has them."""
    cache = os.sep + os.path.join("apigw", "packages") + os.sep
    return sys.prefix != sys.base_prefix or any(cache in p for p in sys.path)


def pip_install(what):
    import sysconfig
    managed = os.path.join(sysconfig.get_path("stdlib"), "EXTERNALLY-MANAGED")
    if sys.prefix == sys.base_prefix and os.path.exists(managed):
        return "%s -m venv .venv && .venv/bin/pip install %s" % (sys.executable, what)
    return "%s -m pip install %s" % (sys.executable, what)


def own_frames(tb):
    """The frames of a traceback, without the bootstrap's at its beginning."""
    import traceback

    here = os.path.dirname(__file__)
    frames = [(f.filename, f.lineno, f.name, f.line) for f in traceback.extract_tb(tb)]
    for i, frame in enumerate(frames):
        if os.path.dirname(frame[0]) != here:
            return frames[i:]
    return frames


def failure(kind, message, trace, request_id=""):
    return {"errorMessage": message or "", "errorType": kind or "", "requestId": request_id, "stackTrace": trace or []}


def failure_now(request_id=""):
    """The failure that is being handled."""
    import traceback

    kind, value, tb = sys.exc_info()
    frames = own_frames(tb)
    return failure(kind.__name__, str(value), traceback.format_list(frames), request_id), frames


def cause(kind, message, frames):
    """An error in X-Ray's form."""
    return json.dumps({
        "working_directory": os.getcwd(),
        "exceptions": [{"message": message, "type": kind,
                        "stack": [{"label": f[2], "path": f[0], "line": f[1]} for f in frames]}],
        "paths": sorted({f[0] for f in frames}),
    })


def log_failure(result):
    if logs_json():
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        sys.stdout.write(encode(dict({"timestamp": stamp, "level": "ERROR"}, **result)) + "\n")
        return
    head = "[ERROR]"
    if result["errorType"]:
        head += " " + result["errorType"] + (":" if result["errorMessage"] else "")
    if result["errorMessage"]:
        head += " " + result["errorMessage"]
    lines = [head, "Traceback (most recent call last):"]
    for entry in result["stackTrace"]:
        for line in entry.splitlines() or [""]:
            bare = line.lstrip(" ")
            lines.append("\u00a0" * (len(line) - len(bare)) + bare)
    sys.stdout.write("\n".join(lines) + "\n")


class _Request:
    """The request that is being handled, for the log."""

    id, tenant_id = "", None


class _LoggingFinder:
    """Sets up logging as soon as it is imported."""

    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name != "logging":
            return None
        sys.meta_path.remove(cls)
        spec = PathFinder.find_spec(name, path)
        load = spec.loader.exec_module

        def exec_module(module):
            load(module)
            set_up_logging(module)

        spec.loader.exec_module = exec_module
        return spec


def set_up_logging(logging):
    """Gives the root logger the handler that it has in Lambda."""
    import traceback

    class Handler(logging.Handler):
        """Writes records to whatever standard output is at the time."""

        def emit(self, record):
            sys.stdout.write(self.format(record))

    class Names(logging.Filter):
        """Adds the id of the request to records."""

        def filter(self, record):
            record.aws_request_id, record.tenant_id = _Request.id, _Request.tenant_id
            return True

    class JSONFormatter(logging.Formatter):
        """https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html#python-logging-advanced"""

        known = set(vars(logging.makeLogRecord({}))) | {"message", "asctime", "aws_request_id", "tenant_id", "taskName"}

        def format(self, record):
            level = min(50, max(0, record.levelno)) // 10 * 10
            kind, error, tb = record.exc_info or (None, None, None)
            entry = {
                "timestamp": self.formatTime(record, "%Y-%m-%dT%H:%M:%SZ"),
                "level": logging.getLevelName(level),
                "message": record.msg if isinstance(record.msg, dict) and not record.args else record.getMessage(),
                "logger": record.name,
                "stackTrace": traceback.format_tb(tb) if kind else None,
                "errorType": kind.__name__ if kind else None,
                "errorMessage": str(error) if kind else None,
                "requestId": record.aws_request_id,
                "location": "%s:%s:%s" % (record.pathname, record.funcName, record.lineno) if kind else None,
                "tenantId": record.tenant_id,
            }
            for name, value in vars(record).items():
                if name not in self.known and name not in entry:
                    entry[name] = value
            return json.dumps({k: v for k, v in entry.items() if v is not None}, ensure_ascii=False, default=str) + "\n"

    logging.Formatter.converter = time.gmtime
    handler = Handler()
    handler.setFormatter(JSONFormatter() if logs_json() else logging.Formatter(
        "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s\n", "%Y-%m-%dT%H:%M:%S"))
    handler.addFilter(Names())
    level = os.environ.get("AWS_LAMBDA_LOG_LEVEL", "").upper()
    level = {"TRACE": "DEBUG", "WARN": "WARNING"}.get(level, level)
    if isinstance(logging.getLevelName(level), int):
        logging.getLogger().setLevel(level)
    logging.getLogger().addHandler(handler)


def logs_json():
    return os.environ.get("AWS_LAMBDA_LOG_FORMAT", "").upper() == "JSON"


def handle(client, handler, headers, body):
    """Handles one event. What it returns or raises goes to the Runtime API."""
    request_id = headers["lambda-runtime-aws-request-id"]
    try:
        context = LambdaContext(headers)
        try:
            event = json.loads(body)
        except ValueError as e:
            raise Fault("Runtime.UnmarshalError", "Unable to unmarshal input: %s" % e)
        result = handler(event, context)
        kind = "application/json"
        if isinstance(result, bytes):
            kind = "application/unknown"
        else:
            try:
                result = encode(result).encode("utf-8")
            except Exception as e:
                raise Fault("Runtime.MarshalError", "Unable to marshal response: %s" % e)
    except Fault as f:
        failed, reason = failure(f.kind, f.message, f.trace, request_id), cause("LambdaValidationError", f.message, [])
    except Exception as e:
        failed, frames = failure_now(request_id)
        reason = cause(failed["errorType"], failed["errorMessage"], frames)
        advice = missing(e)
        if advice:
            sys.stdout.write("apigw: " + advice + "\n")
    else:
        client.post("invocation/%s/response" % request_id, result, {"Content-Type": kind})
        return
    log_failure(failed)
    client.post("invocation/%s/error" % request_id, encode(failed).encode("utf-8"), {
        "Content-Type": "application/json", "Lambda-Runtime-Function-Error-Type": failed["errorType"],
        "Lambda-Runtime-Function-XRay-Error-Cause": reason if len(reason) < 1 << 20 else "",
    })


def find_containers(names):
    """Makes names of containers this machine, where they do not resolve: functions run here, not in containers."""
    find = _socket.getaddrinfo

    def getaddrinfo(host, *args, **options):
        try:
            return find(host, *args, **options)
        except _socket.gaierror:
            if host not in names:
                raise
            return find("127.0.0.1", *args, **options)

    _socket.getaddrinfo = getaddrinfo


def main():
    if "APIGW_CONTAINERS" in os.environ:
        find_containers(os.environ.pop("APIGW_CONTAINERS").split(","))
    sys.path[0] = os.environ["LAMBDA_TASK_ROOT"]
    sys.meta_path.insert(0, _LoggingFinder)
    client = RuntimeClient(os.environ["AWS_LAMBDA_RUNTIME_API"])
    try:
        handler = find_handler(os.environ["_HANDLER"])
    except Fault as f:
        failed = failure(f.kind, f.message, f.trace)
    except Exception:
        failed, _ = failure_now()
    else:
        while True:
            headers, body = client.next()
            _Request.id = headers.get("lambda-runtime-aws-request-id", "")
            _Request.tenant_id = headers.get("lambda-runtime-aws-tenant-id")
            trace = headers.get("lambda-runtime-trace-id")
            if trace:
                os.environ["_X_AMZN_TRACE_ID"] = trace
            else:
                os.environ.pop("_X_AMZN_TRACE_ID", None)
            handle(client, handler, headers, body)
    log_failure(failed)
    client.post("init/error", encode(failed).encode("utf-8"), {
        "Content-Type": "application/json", "Lambda-Runtime-Function-Error-Type": failed["errorType"]})
    sys.exit(1)
