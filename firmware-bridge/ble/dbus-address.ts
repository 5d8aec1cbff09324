/**
 * D-Bus server addresses. Pure.
 * Source: https://dbus.freedesktop.org/doc/dbus-specification.html#addresses
 */

export const SYSTEM_BUS_ADDRESS_DEFAULT = "unix:path=/var/run/dbus/system_bus_socket";

export type DbusEndpoint = { readonly path: string } | { readonly host: string; readonly port: number };

/** @returns the places to try, in order; those of kinds that this program does not speak are left out. */
export function parseDbusAddress(address: string): readonly DbusEndpoint[] {
  return address.split(";").flatMap((one) => {
    const [, transport, list = ""] = /^([a-z]+):(.*)$/.exec(one.trim()) ?? [];
    const values = new Map<string, string>();
    for (const pair of list.split(",")) {
      const equals = pair.indexOf("=");
      if (equals > 0) values.set(pair.slice(0, equals), unescaped(pair.slice(equals + 1)));
    }
    const endpoint = endpointOf(transport, values);
    return endpoint ? [endpoint] : [];
  });
}

export function endpointText(endpoint: DbusEndpoint): string {
  return "path" in endpoint ? endpoint.path : `${endpoint.host}:${endpoint.port}`;
}

function endpointOf(transport: string | undefined, values: ReadonlyMap<string, string>): DbusEndpoint | undefined {
  if (transport === "unix") {
    const path = values.get("path");
    // Not "abstract": Node 20 pads such a name with zeros, which makes it another name.
    if (path) return { path };
  }
  if (transport === "tcp") {
    const port = Number(values.get("port"));
    if (Number.isInteger(port) && port > 0 && port < 65_536) return { host: values.get("host") ?? "localhost", port };
  }
  return undefined;
}

function unescaped(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
