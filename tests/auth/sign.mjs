// Sends "METHOD URL BODY" of the arguments, signed by the AWS SDK for JavaScript, and prints the status and the body of the response.
import { Sha256 } from "@aws-crypto/sha256-js";
import { SignatureV4 } from "@smithy/signature-v4";

const [method, address, body] = process.argv.slice(2);
const url = new URL(address);
const signer = new SignatureV4({
  service: "execute-api",
  region: "us-east-1",
  sha256: Sha256,
  credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" },
});
const headers = { host: url.host, ...(body ? { "content-type": "application/json" } : {}) };
const query = Object.fromEntries(url.searchParams);
const signed = await signer.sign({ method, protocol: url.protocol, hostname: url.hostname, port: Number(url.port), path: url.pathname, query, headers, body: body || undefined });
const response = await fetch(address, { method, headers: signed.headers, body: body || undefined });
console.log(response.status, await response.text());
