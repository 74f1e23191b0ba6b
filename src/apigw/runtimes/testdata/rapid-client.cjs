// Stands in for the native part of AWS's runtime interface client for Node.js, rapid-client.node, which speaks HTTP.
'use strict';
const http = require('http');
const Module = require('module');

const [hostname, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':');
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
let posted = Promise.resolve();

function request(method, path, body, headers) {
  return new Promise((resolve, reject) => {
    const r = http.request({ hostname, port, method, path: '/2018-06-01/runtime/invocation/' + path, agent, headers }, (response) => {
      const chunks = [];
      response.on('data', (c) => chunks.push(c)).on('end', () => resolve({ bodyJson: Buffer.concat(chunks).toString(), headers: response.headers }));
    });
    r.on('error', reject);
    r.end(body);
  });
}

const post = (path, body) => {
  posted = posted.then(() => request('POST', path, body, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) }));
};

// The native client posts before it returns: what follows, such as the end of the process, waits for that here.
const exit = process.exit.bind(process);
process.exit = (code) => { posted.then(() => exit(code)); };

const client = {
  initializeClient() {},
  next: () => posted.then(() => request('GET', 'next')),
  done: (id, body) => post(`${id}/response`, body),
  error: (id, body) => post(`${id}/error`, body),
};
const resolve = Module._resolveFilename;
Module._resolveFilename = function (name, ...rest) {
  return name.endsWith('rapid-client.node') ? name : resolve.call(this, name, ...rest);
};
const load = Module._load;
Module._load = function (name, ...rest) {
  return name.endsWith('rapid-client.node') ? client : load.call(this, name, ...rest);
};
