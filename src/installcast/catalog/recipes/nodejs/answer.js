// A server on a free port, one request to it, and its answer.
'use strict';
const http = require('http');

const server = http.createServer((request, response) => response.end(String(6 * 7)));
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address();
  http.get({ host: '127.0.0.1', port }, (response) => {
    response.setEncoding('utf8');
    response.on('data', (text) => {
      server.close();
      console.log(`Node.js ${process.version} answered ${text} on port ${port}.`);
      process.exitCode = text === '42' ? 0 : 1;
    });
  });
});
