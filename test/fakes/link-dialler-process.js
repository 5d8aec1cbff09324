/** Another hub's end of a link, in a process of its own that can be killed. Arguments: port, hub id. */
import { connect } from "mqtt";

const [port, clientId] = process.argv.slice(2);
connect(`mqtt://127.0.0.1:${port}`, { protocolVersion: 4, clientId, username: "hub" });
