// Reads {"key": PEM, "kid": …, "claims": {NAME: CLAIMS}} from standard input and writes {NAME: TOKEN}, made by jsonwebtoken.
import { readFileSync } from "node:fs";
import jwt from "jsonwebtoken";

const given = JSON.parse(readFileSync(0, "utf8"));
const tokens = {};
for (const [name, claims] of Object.entries(given.claims)) {
  tokens[name] = jwt.sign(claims, given.key, { algorithm: "RS256", keyid: given.kid, noTimestamp: true });
}
console.log(JSON.stringify(tokens));
