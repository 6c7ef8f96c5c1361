// A real socket.io-client goes through everything the transport promises and reports what it saw.
// Arguments: the server's URL, then the transports to offer, separated by commas.
import { io } from "socket.io-client";

const [url, offered] = process.argv.slice(2);
const transports = offered.split(",");
const seen = { numbers: [], acks: [], disconnects: [], reconnects: 0 };

const options = { transports, reconnectionDelay: 20, reconnectionDelayMax: 20, forceNew: true };
const once = (emitter, event) => new Promise((resolve) => emitter.once(event, resolve));

const refused = io(url, { ...options, auth: { token: "wrong" } });
const error = await once(refused, "connect_error");
seen.refusal = { message: error.message, data: error.data };
refused.close();

const client = io(url, { ...options, auth: { token: "right" } });
client.on("number", ({ n, bytes }) => {
  seen.numbers.push(Buffer.from(bytes).toString() === String(n) ? n : "broken");
});
client.on("disconnect", (reason) => seen.disconnects.push(reason));
client.io.on("reconnect", () => {
  seen.reconnects += 1;
});
seen.auth = (await once(client, "auth")).auth;

// A burst both ways, while an upgrade (if any) is under way.
const poured = new Promise((resolve) => {
  client.on("number", ({ n }) => n === 199 && resolve());
});
client.emit("pour");
const burst = [];
for (let n = 0; n < 200; n++) {
  burst.push(
    client.emitWithAck("any", n, Buffer.from(String(n))).then(({ args }) => {
      seen.acks.push(Buffer.from(args[1]).toString() === String(n) ? args[0] : "broken");
    }),
  );
}
await Promise.all(burst);
await poured;

// A large message each way.
const large = Buffer.alloc(3_000_000, 7);
const echoed = await client.emitWithAck("any", large);
seen.large = Buffer.compare(Buffer.from(echoed.args[0]), large) === 0;

if (transports.length > 1) {
  while (client.io.engine.transport.name !== "websocket") {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
seen.transport = client.io.engine.transport.name;

// The server closes the transport: the client comes back by itself.
const again = once(client, "auth");
client.emit("close");
await again;
seen.afterReconnect = (await client.emitWithAck("any", "still here")).args;

// The server sends the client away: it stays away.
const away = once(client, "disconnect");
client.emit("refuse");
await away;
seen.active = client.active;
console.log(JSON.stringify(seen));
process.exit(0);
