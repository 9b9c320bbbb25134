// A panel without Python: its own sign-in, a Vue page, and Installcast behind it, under /panel/install/.
import { createHmac } from "node:crypto";
import { createReadStream, readFileSync } from "node:fs";
import http from "node:http";
import { pipeline } from "node:stream";

const service = new URL(process.env.INSTALLCAST_URL ?? "http://127.0.0.1:8089");
const secret = readFileSync(process.env.INSTALLCAST_SECRET_FILE ?? "/var/lib/installcast/secret.key", "utf8").trim();
const users = new Set(["alice:wonderland", "bob:builder-bob"]); // Stands for the sign-in that the panel has already.

function userOf({ headers }) {
  const credentials = Buffer.from(headers.authorization?.slice("Basic ".length) ?? "", "base64").toString();
  const foreign = headers.origin && !headers.origin.endsWith(`//${headers.host}`); // A page of somebody else asks.
  return users.has(credentials) && !foreign ? credentials.split(":")[0] : undefined;
}

function token(user) {
  const claims = { sub: user, scope: "soft:install soft:read log:read", exp: Math.floor(Date.now() / 1000) + 3600 };
  const encode = (part) => Buffer.from(JSON.stringify(part)).toString("base64url");
  const signed = `${encode({ alg: "HS256", typ: "JWT" })}.${encode(claims)}`;
  return `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
}

function forward({ method, url, headers: { cookie, origin, "sec-fetch-site": site, ...rest } }, user) {
  const headers = { ...rest, host: service.host, authorization: `Bearer ${token(user)}` }; // What is left out was for the panel.
  return http.request(service, { method, path: url.slice("/panel/install".length), headers });
}

const server = http.createServer((request, response) => {
  const user = userOf(request);
  const send = (type, path) => createReadStream(new URL(path, import.meta.url)).pipe(response.setHeader("Content-Type", type));
  if (!user) return response.writeHead(401, { "WWW-Authenticate": "Basic" }).end();
  if (request.url === "/panel/vue.js") return send("text/javascript", "node_modules/vue/dist/vue.global.prod.js");
  if (!request.url.startsWith("/panel/install/")) return send("text/html", "page.html");
  const answered = (answer) => pipeline(answer, response.writeHead(answer.statusCode, answer.headers), () => {});
  return request.pipe(forward(request, user).on("response", answered).on("error", () => response.destroy()));
});

server.on("upgrade", (request, socket) => {
  const user = userOf(request);
  if (!user || !request.url.startsWith("/panel/install/")) return socket.end("HTTP/1.1 401 Unauthorized\r\n\r\n");
  const refused = () => socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n");
  return forward(request, user).on("response", refused).on("error", refused).on("upgrade", ({ headers }, far, head) => {
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join("")}\r\n`);
    far.unshift(head);
    pipeline(far, socket, far, () => {});
  }).end();
});
server.listen(process.env.PORT ?? 8080, "127.0.0.1", () => console.log(`open http://127.0.0.1:${server.address().port}/panel/`));
