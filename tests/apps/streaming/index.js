const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const head = { statusCode: 201, headers: { 'Content-Type': 'text/plain', 'X-Kind': 'story' }, cookies: ['seen=1', 'page=2'] };

exports.handler = awslambda.streamifyResponse(async (event, raw) => {
  const { do: what, then } = event.queryStringParameters || event;
  if (what === 'refuse') throw new Error('before');
  if (what === 'silent') await pause(60000);
  if (what === 'prelude') {
    raw.write('{"statusCode": 200, "body": "not here"}' + '\0'.repeat(8) + 'text');
    return raw.end();
  }
  const stream = awslambda.HttpResponseStream.from(raw, head);
  stream.write('once\n');
  if (what === 'throw') throw new Error('in the middle');
  if (what === 'die') { await pause(100); process.exit(3); }
  if (what === 'hang') await pause(60000);
  if (what === 'on') {
    for (let i = 0; i < 20; i++) { // a second, of the four that it has
      await pause(50);
      stream.write(`line ${i}\n`);
    }
    console.log(then);
  }
  stream.write('upon a time\n');
  stream.end();
});
