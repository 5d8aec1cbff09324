/** Another hub's end of a link, in a process of its own that can be killed: any MQTT client will do. Arguments: port, hub id; key and certificate in the environment. */
import { connect } from "mqtt";

const [port, clientId] = process.argv.slice(2);
const { LINK_KEY: key, LINK_CERT: cert } = process.env;
connect(`mqtts://127.0.0.1:${port}`, {
  protocolVersion: 4,
  clientId,
  key,
  cert,
  ALPNProtocols: ["mindos/1"],
  rejectUnauthorized: false,
});
