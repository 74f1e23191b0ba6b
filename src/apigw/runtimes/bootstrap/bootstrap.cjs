// Runs a handler as Lambda's Node.js runtime does: bootstrap.cjs DIR SOURCE PACKAGES LAYER…
//
// DIR is the user's current folder, and SOURCE the folder of the function's source, for suggested commands.
// PACKAGES are folders of packages that apigw installed. A LAYER is a folder that is at /opt in Lambda.
// It takes events from the Runtime API at AWS_LAMBDA_RUNTIME_API and passes them to the function that
// _HANDLER names. Errors, logs and the context object have the same shapes as in Lambda. It speaks
// HTTP over a socket itself, since loading node:http would be a large part of a cold start.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
'use strict';

const fs = require('fs');
const net = require('net');
const path = require('path');
const util = require('util');

const STREAMING = Symbol.for('aws.lambda.runtime.handler.streaming');
const HIGH_WATER_MARK = Symbol.for('aws.lambda.runtime.handler.streaming.highWaterMark');
const PRELUDE_TYPE = 'application/vnd.awslambda.http-integration-response';
const root = process.env.LAMBDA_TASK_ROOT;
const json = (process.env.AWS_LAMBDA_LOG_FORMAT || '').toUpperCase() === 'JSON';
const major = parseInt((process.env.AWS_EXECUTION_ENV || '').replace(/^AWS_Lambda_nodejs/, ''), 10) || 22;
const callbacks = major < 24; // Node.js 24 supports only async handlers

const runtimeErrors = {};
for (const name of ['ImportModuleError', 'HandlerNotFound', 'MalformedHandlerName', 'UserCodeSyntaxError',
  'MalformedStreamingHandler', 'InvalidStreamingOperation', 'UnhandledPromiseRejection', 'CallbackHandlerDeprecated']) {
  runtimeErrors[name] = class extends Error {};
  runtimeErrors[name].prototype.name = 'Runtime.' + name;
}

// ---- The Runtime API ----

// RuntimeClient speaks to the Runtime API over one connection. It keeps the process alive only while it
// waits for a response, so that an empty event loop shows that a function has nothing left to do.
class RuntimeClient {
  constructor(address) {
    const colon = address.lastIndexOf(':');
    this.host = address;
    this.waiting = []; // for responses
    this.data = [];
    this.size = 0;
    this.socket = net.connect({ host: address.slice(0, colon), port: Number(address.slice(colon + 1)), noDelay: true });
    this.socket.on('data', (chunk) => {
      this.data.push(chunk);
      this.size += chunk.length;
      this.parse();
    });
    this.socket.on('error', () => process.exit(0)); // the program that runs the functions has ended, so they end too
    this.socket.on('close', () => process.exit(0));
  }

  // parse looks for a complete response in what has arrived.
  parse() {
    if (this.head === undefined) {
      const all = this.data.length === 1 ? this.data[0] : Buffer.concat(this.data);
      this.data = [all];
      const end = all.indexOf('\r\n\r\n');
      if (end < 0) return;
      const [status, ...lines] = all.toString('utf8', 0, end).split('\r\n');
      this.head = { status: Number(status.split(' ')[1]), headers: {} };
      for (const line of lines) {
        const colon = line.indexOf(':');
        this.head.headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
      }
      this.length = end + 4 + Number(this.head.headers['content-length'] || 0);
      this.start = end + 4;
    }
    if (this.size < this.length) return;
    const all = Buffer.concat(this.data);
    const answer = { ...this.head, body: all.toString('utf8', this.start, this.length) };
    const rest = all.subarray(this.length);
    this.data = rest.length ? [rest] : [];
    this.size = rest.length;
    this.head = undefined;
    const resolve = this.waiting.shift();
    if (this.waiting.length === 0) this.socket.unref();
    resolve(answer);
  }

  answer() {
    this.socket.ref();
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  next() {
    this.socket.write(`GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: ${this.host}\r\n\r\n`);
    return this.answer();
  }

  post(where, body, headers) {
    const bytes = Buffer.from(body);
    this.socket.cork();
    this.socket.write(this.head_(where, { 'Content-Type': 'application/json', 'Content-Length': bytes.length, ...headers }));
    this.socket.write(bytes);
    this.socket.uncork();
    return this.answer();
  }

  head_(where, headers) {
    let head = `POST /2018-06-01/runtime/${where} HTTP/1.1\r\nHost: ${this.host}\r\n`;
    for (const [name, value] of Object.entries(headers)) head += `${name}: ${String(value).replace(/[\r\n]/g, ' ')}\r\n`;
    return head + '\r\n';
  }

  postError(where, error) {
    const response = toResponse(error);
    const cause = xrayCause(error);
    return this.post(where, JSON.stringify(response), {
      'Lambda-Runtime-Function-Error-Type': response.errorType,
      ...(cause.length < 1 << 20 ? { 'Lambda-Runtime-Function-XRay-Error-Cause': cause } : {}),
    });
  }

  // stream makes the stream of a response: a chunked body that may end with an error in its trailers.
  stream(id, highWaterMark) {
    const { Writable } = require('stream');
    let contentType = 'application/octet-stream';
    let begun = false;
    let prelude;
    const client = this;
    const bytesOf = (chunk) => {
      if (typeof chunk === 'string' || chunk instanceof Uint8Array) return Buffer.from(chunk);
      return Buffer.from(JSON.stringify(chunk));
    };
    const chunked = (bytes, done) => {
      if (bytes.length === 0) return done && done();
      client.socket.write(bytes.length.toString(16) + '\r\n');
      client.socket.write(bytes);
      client.socket.write('\r\n', done);
    };
    const begin = () => {
      if (begun) return;
      begun = true;
      client.socket.write(client.head_(`invocation/${id}/response`, {
        'Lambda-Runtime-Function-Response-Mode': 'streaming',
        'Transfer-Encoding': 'chunked', 'Content-Type': contentType,
        Trailer: 'Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body',
      }));
    };
    let finished;
    const stream = new Writable({
      highWaterMark,
      decodeStrings: false,
      write(chunk, encoding, done) {
        const first = !begun;
        begin();
        if (first && prelude) prelude((b) => chunked(bytesOf(b)));
        chunked(typeof chunk === 'string' ? Buffer.from(chunk, encoding) : bytesOf(chunk), done);
      },
      final(done) {
        begin();
        client.socket.write('0\r\n\r\n');
        finished = client.answer();
        finished.then(() => done());
      },
    });
    // Objects are written as their JSON.
    const write = stream.write.bind(stream);
    stream.write = (chunk, encoding, done) => {
      const plain = typeof chunk === 'string' || chunk instanceof Uint8Array;
      return write(plain ? chunk : JSON.stringify(chunk), encoding, done);
    };
    stream.setContentType = (type) => {
      if (begun) throw new runtimeErrors.InvalidStreamingOperation('Cannot set content-type, too late.');
      contentType = type;
    };
    Object.defineProperty(stream, '_onBeforeFirstWrite', { get: () => prelude, set: (f) => { prelude = f; } });
    const fail = (error) => {
      const response = toResponse(error);
      begin();
      if (finished) return finished;
      const body = Buffer.from(JSON.stringify(response)).toString('base64');
      client.socket.write(`0\r\nLambda-Runtime-Function-Error-Type: ${response.errorType}\r\n` +
        `Lambda-Runtime-Function-Error-Body: ${body}\r\n\r\n`);
      finished = client.answer();
      stream.destroy();
      return finished;
    };
    return { stream, fail, done: () => finished };
  }
}

// ---- Errors and logs ----

function isError(e) {
  return e && e.name && e.message && e.stack && [e.name, e.message, e.stack].every((s) => typeof s === 'string');
}

function toResponse(error) {
  try {
    if (util.types.isNativeError(error) || isError(error)) {
      return { errorType: error.name, errorMessage: error.message, trace: String(error.stack).split('\n') };
    }
    return { errorType: typeof error, errorMessage: error.toString(), trace: [] };
  } catch {
    return { errorType: 'handled', errorMessage: 'callback called with Error argument, but there was a problem ' +
      'while retrieving one or more of its message, name, and stack' };
  }
}

function xrayCause(error) {
  try {
    const stack = String(error.stack || '').split('\n').slice(1).map((line) => {
      const text = line.trim().replace(/[()]/g, '').replace(/^at /, '');
      const blank = text.lastIndexOf(' ');
      const [file, number] = text.slice(blank + 1).split(':');
      return { path: file, line: parseInt(number, 10), label: blank > 0 ? text.slice(0, blank) : 'anonymous' };
    });
    const exceptions = [{ type: error.name, message: error.message, stack }];
    return JSON.stringify({ working_directory: process.cwd(), exceptions, paths: [...new Set(stack.map((s) => s.path))] });
  } catch {
    return '';
  }
}

// shown is an error as it appears in the log, with its other properties.
function shown(error) {
  const e = error instanceof Error ? error : new Error(error);
  try {
    return '\t' + JSON.stringify(e, (_key, value) => {
      if (!(value instanceof Error)) return value;
      const all = { errorType: value.name, errorMessage: value.message, code: value.code, ...value };
      if (typeof value.stack === 'string') all.stack = value.stack.split('\n');
      return all;
    });
  } catch {
    return '\t' + JSON.stringify(toResponse(e));
  }
}

function logError(what, error) {
  if (json) console.error(error instanceof Error ? error : new Error(error));
  else console.error(what, shown(error));
}

const log = { requestId: undefined, tenantId: undefined };

function textLine(level, parameters) {
  return `${new Date().toISOString()}\t${log.requestId}\t${level}\t${util.format(...parameters)}`;
}

function jsonLine(level, parameters) {
  const entry = { timestamp: new Date().toISOString(), level, requestId: log.requestId };
  if (log.tenantId != null) entry.tenantId = log.tenantId;
  const typeOf = (e) => (e.constructor && e.constructor.name) || 'UnknownError';
  if (parameters.length === 1) {
    entry.message = parameters[0];
    try {
      return JSON.stringify(entry, (_key, value) => (value instanceof Error
        ? { errorType: typeOf(value), errorMessage: value.message, stackTrace: String(value.stack).split('\n'), ...value } : value));
    } catch {
      entry.message = util.format(parameters[0]);
      return JSON.stringify(entry);
    }
  }
  entry.message = util.format(...parameters);
  const error = parameters.find((p) => p instanceof Error);
  if (error) Object.assign(entry, { errorType: typeOf(error), errorMessage: error.message, stackTrace: String(error.stack).split('\n') });
  return JSON.stringify(entry);
}

function setUpConsole() {
  const levels = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];
  const least = Math.max(levels.indexOf((process.env.AWS_LAMBDA_LOG_LEVEL || '').toUpperCase()), 0);
  const line = json ? jsonLine : textLine;
  levels.forEach((level, i) => {
    console[level.toLowerCase()] = i >= least || level === 'FATAL'
      ? (...parameters) => { process.stdout.write(line(level, parameters) + '\n'); } : () => {};
  });
  console.log = console.info;
  // Lines must be written before the response, even if standard output is a pipe.
  if (process.stdout._handle && process.stdout._handle.setBlocking) process.stdout._handle.setBlocking(true);
}

// ---- The handler ----

// isModule reports whether Node loads a .js file as an ES module, which the nearest package.json determines.
function isModule(folder) {
  for (;;) {
    if (path.basename(folder) === 'node_modules') return false;
    const file = path.join(folder, 'package.json');
    if (fs.existsSync(file)) {
      try {
        return JSON.parse(fs.readFileSync(file, 'utf8')).type === 'module';
      } catch (e) {
        console.warn(`${file} cannot be read, it will be ignored for ES module detection purposes.`, e);
        return false;
      }
    }
    if (folder === path.dirname(folder)) return false;
    folder = path.dirname(folder);
  }
}

const fileURL = (file) => require('url').pathToFileURL(file).href;

async function loadModule(folder, name) {
  const file = path.resolve(root, folder, name);
  const is = (extension) => fs.existsSync(file + extension) && fs.statSync(file + extension).isFile();
  if (is('')) return require(file);
  if (is('.js')) return isModule(path.dirname(file)) ? import(fileURL(file + '.js')) : require(file + '.js');
  if (is('.mjs')) return import(fileURL(file + '.mjs'));
  if (is('.cjs')) return require(file + '.cjs');
  return require(require.resolve(name, { paths: [root, path.resolve(root, folder)] }));
}

async function loadHandler(name) {
  if (name.includes('..')) {
    throw new runtimeErrors.MalformedHandlerName(
      `'${name}' is not a valid handler name. Use absolute paths when specifying root directories in handler names.`);
  }
  const base = path.basename(name);
  const [, module, property] = base.match(/^([^.]*)\.(.*)$/) || [];
  if (module === undefined) throw new runtimeErrors.MalformedHandlerName('Bad handler');
  let app;
  try {
    app = await loadModule(name.slice(0, name.indexOf(base)), module);
  } catch (e) {
    if (e instanceof SyntaxError) throw new runtimeErrors.UserCodeSyntaxError(e);
    if (e && e.code === 'MODULE_NOT_FOUND') throw new runtimeErrors.ImportModuleError(e + advised(e));
    if (e && e.code === 'ERR_MODULE_NOT_FOUND') e.message += advised(e);
    throw e;
  }
  const handler = property.split('.').reduce((object, key) => object && object[key], app);
  if (!handler) throw new runtimeErrors.HandlerNotFound(`${name} is undefined or not exported`);
  if (typeof handler !== 'function') throw new runtimeErrors.HandlerNotFound(`${name} is not a function`);
  return handler;
}

// advised says how to install a package that is missing here but that Lambda has; it is empty for any other.
function advised(error) {
  const advice = missing(error);
  return advice && ` (${advice})`;
}

function missing(error) {
  const [, name] = /Cannot find (?:module|package) '((?:@[^/']+\/)?[^./'][^/']*)/.exec(error.message) || [];
  if (!name || path.isAbsolute(name)) return '';
  let folder = process.argv[3];
  let listed = '';
  for (;;) { // the function's, or that of the project that contains it
    const file = path.join(folder, 'package.json');
    if (fs.existsSync(file)) {
      try {
        const all = JSON.parse(fs.readFileSync(file, 'utf8'));
        if ({ ...all.dependencies, ...all.devDependencies, ...all.optionalDependencies }[name]) listed = folder;
      } catch { /* npm would say what is wrong with it */ }
    }
    if (listed || fs.existsSync(path.join(folder, 'template.yaml')) || folder === path.dirname(folder)) break;
    folder = path.dirname(folder);
  }
  const from = process.argv[2];
  if (listed) {
    const there = path.relative(from, listed);
    return `package.json is not installed; install it with: npm install${there ? ' --prefix ' + there : ''}`;
  }
  const included = name.startsWith('@aws-sdk/') || name.startsWith('@smithy/') || name === 'aws-sdk' && major < 18;
  if (!included) return '';
  const there = path.relative(from, process.argv[3]);
  return `Lambda's runtime includes ${name}, this machine does not; install it with: npm install --no-save ${there ? `--prefix ${there} ` : ''}${name}`;
}

// ---- Invocations ----

let beforeExit = () => {}; // what to do when the event loop is empty
let fatal; // what to do about an uncaught error

function contextOf(headers) {
  const parse = (name, what) => {
    if (headers[name] === undefined) return undefined;
    try {
      return JSON.parse(headers[name]);
    } catch (e) {
      throw new Error(`Cannot parse ${what} as json: ${e}`);
    }
  };
  const deadline = headers['lambda-runtime-deadline-ms'];
  return {
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    clientContext: parse('lambda-runtime-client-context', 'ClientContext'),
    identity: parse('lambda-runtime-cognito-identity', 'CognitoIdentity'),
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    awsRequestId: headers['lambda-runtime-aws-request-id'],
    tenantId: headers['lambda-runtime-aws-tenant-id'],
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
}

// begin takes the next event and records its context.
async function begin(client) {
  const { status, headers, body } = await client.next();
  if (status !== 200) throw new Error(`the Runtime API answers ${status}: ${body}`);
  const id = headers['lambda-runtime-aws-request-id'];
  log.requestId = id;
  log.tenantId = headers['lambda-runtime-aws-tenant-id'];
  if (headers['lambda-runtime-trace-id']) process.env._X_AMZN_TRACE_ID = headers['lambda-runtime-trace-id'];
  else delete process.env._X_AMZN_TRACE_ID;
  fatal = (error, code) => client.postError(`invocation/${id}/error`, error).then(() => process.exit(code));
  return { id, headers, body };
}

const isPromise = (value) => value && typeof value.then === 'function';

// Runtime calls the handler as a method, which determines the name of an anonymous function's frame in stack traces.
class Runtime {
  constructor(client, handler) {
    this.client = client;
    this.handler = handler;
  }

  // handle handles one event. It ends when the function has called back, its promise is settled, or nothing is left to do.
  async handle() {
    const { id, headers, body } = await begin(this.client);
    let over;
    const end = new Promise((resolve) => { over = resolve; });
    const { callback, context, succeed, fail } = this.answering(id, over);
    try {
      const result = this.handler(JSON.parse(body), Object.assign(context, contextOf(headers)), ...(callbacks ? [callback] : []));
      if (isPromise(result)) result.then(succeed, fail).catch(fail);
      else if (!callbacks) succeed(result);
    } catch (e) {
      if (callbacks) callback(e);
      else fail(e);
    }
    await end;
  }

  // answering returns the ways to respond to an event, of which the first one used counts.
  answering(id, over) {
    let waits = true; // callbackWaitsForEmptyEventLoop
    let finished = false;
    const complete = (result) => {
      beforeExit = () => {};
      let text;
      try {
        text = JSON.stringify(result === undefined ? null : result);
      } catch {
        return failed(new Error('Unable to stringify response body'));
      }
      return this.client.post(`invocation/${id}/response`, text === undefined ? 'null' : text).then(over);
    };
    const failed = (error) => {
      beforeExit = () => {};
      logError('Invoke Error', error);
      return this.client.postError(`invocation/${id}/error`, error).then(over);
    };
    const once = (f) => (...parameters) => {
      if (finished) return;
      finished = true;
      f(...parameters);
    };
    const isNone = (value) => value === undefined || value === null;
    const callback = once((error, result) => {
      if (!isNone(error)) failed(error);
      else if (!waits) complete(result);
      else beforeExit = () => setImmediate(complete, result);
    });
    const context = {};
    const done = once((error, result) => (isNone(error) ? complete(result) : failed(error)));
    const fail = (error) => done(isNone(error) ? 'handled' : error);
    const succeed = (result) => done(null, result);
    if (callbacks) {
      Object.defineProperty(context, 'callbackWaitsForEmptyEventLoop', {
        enumerable: true, get: () => waits, set: (value) => { waits = value; } });
      Object.assign(context, { succeed, fail, done });
    }
    beforeExit = () => { // it will never call back
      finished = true;
      complete(null);
    };
    return { callback, context, succeed, fail };
  }

  // handleStreaming handles one event of a function that streams its response.
  async handleStreaming() {
    const { id, headers, body } = await begin(this.client);
    const { stream, fail, done } = this.client.stream(id, this.handler[HIGH_WATER_MARK]);
    const failed = (error) => {
      logError('Invoke Error', error);
      return fail(error);
    };
    stream.on('error', () => {}); // it was broken off, or the function learns of it
    fatal = (error, code) => fail(error).then(() => process.exit(code));
    try {
      const context = callbacks ? { callbackWaitsForEmptyEventLoop: true } : {};
      const result = this.handler(JSON.parse(body), stream, Object.assign(context, contextOf(headers)));
      if (!isPromise(result)) {
        await failed('Streaming does not support non-async handlers.');
        return;
      }
      const stalled = new Promise((_, reject) => { beforeExit = () => reject(new Error('Response stream is not finished.')); });
      const returned = await Promise.race([result, stalled]);
      if (returned !== undefined) console.warn('Streaming handlers ignore return values.');
      if (!stream.writableFinished) {
        await Promise.race([new Promise((resolve) => stream.once('close', resolve)), stalled]);
      }
    } catch (e) {
      await failed(e);
    } finally {
      beforeExit = () => {};
      await done();
    }
  }
}

// findInLayers makes Node look in the layers for what is imported from /opt.
function findInLayers(layers) {
  const Module = require('module');
  const resolve = Module._resolveFilename;
  const inLayer = (request) => layers.map((layer) => path.join(layer, request.slice('/opt/'.length))).find((file) => {
    try {
      resolve.call(Module, file);
      return true;
    } catch {
      return false;
    }
  });
  Module._resolveFilename = function (request, ...rest) {
    const found = typeof request === 'string' && request.startsWith('/opt/') && inLayer(request);
    return resolve.call(this, found || request, ...rest);
  };
  if (Module.registerHooks) { // import of ES modules, from Node.js 22.15 on
    Module.registerHooks({
      resolve(specifier, context, next) {
        const found = specifier.startsWith('/opt/') && inLayer(specifier);
        return next(found ? fileURL(found) : specifier, context);
      },
    });
  }
}

// findPackages makes ES modules find packages in folders too, as NODE_PATH does for other modules.
function findPackages(folders) {
  const Module = require('module');
  const parents = folders.map((folder) => fileURL(path.join(path.dirname(folder), 'package.json')));
  if (Module.registerHooks) {
    Module.registerHooks({
      resolve(specifier, context, next) {
        let error;
        for (const parentURL of [context.parentURL, ...parents]) {
          try {
            return next(specifier, { ...context, parentURL });
          } catch (e) {
            if (!e || e.code !== 'ERR_MODULE_NOT_FOUND' || /^[./]|^\w+:/.test(specifier)) throw e;
            error ||= e;
          }
        }
        throw error;
      },
    });
  } else if (Module.register) { // until Node.js 22.15
    Module.register('data:text/javascript,' + encodeURIComponent(`
      export async function resolve(specifier, context, next) {
        let error;
        for (const parentURL of [context.parentURL, ...${JSON.stringify(parents)}]) {
          try {
            return await next(specifier, { ...context, parentURL });
          } catch (e) {
            if (!e || e.code !== 'ERR_MODULE_NOT_FOUND' || /^[./]|^\\w+:/.test(specifier)) throw e;
            error ||= e;
          }
        }
        throw error;
      }`));
  }
}

// leadSDK makes version 2 of AWS's SDK call the endpoints in AWS_ENDPOINT_URL and AWS_ENDPOINT_URL_…, as later versions do by themselves.
function leadSDK() {
  const Module = require('module');
  const load = Module._load;
  const prefix = 'AWS_ENDPOINT_URL_';
  // Reading a member of a module that is not fully loaded would cause a warning.
  const owns = (object, name) => object && Object.prototype.hasOwnProperty.call(object, name);
  Module._load = function (request, ...rest) {
    const loaded = load.call(this, request, ...rest);
    // Its clients (aws-sdk/clients/s3) load lib/core, which holds the configuration.
    if (/(^|[\\/])(aws-sdk|core)([\\/.]|$)/.test(request) && owns(loaded, 'config') && owns(loaded, 'Endpoint') && !loaded.config.endpoint) {
      loaded.config.update({ endpoint: process.env.AWS_ENDPOINT_URL, s3ForcePathStyle: true });
      for (const [name, endpoint] of Object.entries(process.env)) {
        if (name.startsWith(prefix)) loaded.config[name.slice(prefix.length).toLowerCase().replace(/_/g, '')] = { endpoint };
      }
    }
    return loaded;
  };
}

// leadRequests sends signed requests to AWS to AWS_ENDPOINT_URL and AWS_ENDPOINT_URL_…, for those releases of version 3 of the SDK that
// do not support these variables, or lose them. A bucket in a host's name moves into the path.
function leadRequests() {
  const http = require('http');
  const https = require('https');
  const request = https.request;
  https.request = function (options, ...rest) {
    const host = options && options.headers && !(options instanceof URL) && (options.hostname || options.host);
    const [, before, service] = /^(?:(.+)\.)?([a-z0-9-]+)$/.exec((/^(.+?)(?:\.[a-z]+-[a-z-]+-\d)?\.amazonaws\.com$/.exec(host) || [])[1]) || [];
    if (!service || service === 'execute-api') return request.call(this, options, ...rest);
    const headers = Object.fromEntries(Object.entries(options.headers).map(([name, value]) => [name.toLowerCase(), value]));
    if (!/^AWS4-/.test(headers.authorization) && !headers['x-amz-target']) return request.call(this, options, ...rest);
    const endpoint = new URL(process.env['AWS_ENDPOINT_URL_' + service.toUpperCase().replace(/-/g, '_')] || process.env.AWS_ENDPOINT_URL);
    const bucket = service === 's3' && before ? '/' + before : '';
    const led = {
      ...options, protocol: endpoint.protocol, host: endpoint.hostname, hostname: endpoint.hostname, port: endpoint.port, agent: undefined,
      path: endpoint.pathname.replace(/\/$/, '') + bucket + (options.path || '/'), headers: { ...headers, host: endpoint.host },
    };
    return (endpoint.protocol === 'http:' ? http.request : request).call(this, led, ...rest);
  };
  require('module').syncBuiltinESMExports();
}

// findContainers makes names of containers this machine, where they do not resolve: functions run here, not in containers.
function findContainers(names) {
  const dns = require('dns');
  const lookup = dns.lookup;
  dns.lookup = function (name, ...rest) {
    const callback = rest.pop();
    return lookup.call(this, name, ...rest, (error, ...found) => {
      if (error && names.includes(name)) lookup.call(dns, '127.0.0.1', ...rest, callback);
      else callback(error, ...found);
    });
  };
  Object.defineProperties(dns.lookup, Object.getOwnPropertyDescriptors(lookup)); // for util.promisify
}

async function main() {
  setUpConsole();
  if (process.env.APIGW_CONTAINERS) {
    findContainers(process.env.APIGW_CONTAINERS.split(','));
    delete process.env.APIGW_CONTAINERS;
  }
  if (process.env.AWS_ENDPOINT_URL) {
    leadSDK();
    leadRequests();
  }
  if (process.argv[4]) findPackages(process.argv[4].split(path.delimiter));
  if (process.argv.length > 5) findInLayers(process.argv.slice(5));
  const client = new RuntimeClient(process.env.AWS_LAMBDA_RUNTIME_API);
  client.socket.unref();
  fatal = (error, code) => client.postError('init/error', error).then(() => process.exit(code));
  process.on('uncaughtException', (error) => {
    logError('Uncaught Exception', error);
    fatal(error, 129);
  });
  process.on('unhandledRejection', (reason, promise) => {
    const error = new runtimeErrors.UnhandledPromiseRejection(reason);
    Object.assign(error, { reason, promise });
    logError('Unhandled Promise Rejection', error);
    fatal(error, 128);
  });
  process.on('beforeExit', () => beforeExit());
  globalThis.awslambda = {
    streamifyResponse(handler, options) {
      handler[STREAMING] = 'response';
      if (options && typeof options.highWaterMark === 'number') handler[HIGH_WATER_MARK] = Math.trunc(options.highWaterMark);
      return handler;
    },
    HttpResponseStream: class HttpResponseStream {
      static from(stream, prelude) {
        stream.setContentType(PRELUDE_TYPE);
        const text = JSON.stringify(prelude);
        stream._onBeforeFirstWrite = (write) => {
          write(text);
          write(new Uint8Array(8));
        };
        return stream;
      }
    },
  };
  const handler = await loadHandler(process.env._HANDLER);
  const streaming = handler[STREAMING];
  if (streaming && streaming !== 'response') {
    throw new runtimeErrors.MalformedStreamingHandler('Only response streaming is supported.');
  }
  if (!callbacks && !streaming && handler.length >= 3 && handler.constructor.name !== 'AsyncFunction') {
    throw new runtimeErrors.CallbackHandlerDeprecated('Node.js 24 and later have no callback-based handlers in Lambda: make the handler async. ' +
      'See https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html');
  }
  const runtime = new Runtime(client, handler);
  for (;;) await (streaming ? runtime.handleStreaming() : runtime.handle());
}

if (process.env.APIGW_PACKAGES !== undefined) { // preloaded by a web server, so that it finds packages as a function does
  if (process.env.AWS_ENDPOINT_URL) leadSDK();
  if (process.env.APIGW_PACKAGES) findPackages(process.env.APIGW_PACKAGES.split(path.delimiter));
  if (process.env.APIGW_LAYERS) findInLayers(process.env.APIGW_LAYERS.split(path.delimiter));
} else {
  main().catch((error) => {
    logError('Uncaught Exception', error);
    return fatal(error, 129);
  });
}
