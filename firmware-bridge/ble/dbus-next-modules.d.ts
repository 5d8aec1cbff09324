/**
 * The parts of dbus-next 0.10 that turn messages into bytes and back. Its own type file describes only the package's
 * root, whose connection and bus this project does not use (see dbus-codec.ts).
 */
declare module "dbus-next/lib/message.js" {
  const message: {
    /** Calls `onMessage` for every whole message that `stream.read` yields; throws on bytes that make no sense. */
    unmarshalMessages(
      stream: { on(event: "readable", pump: () => void): unknown; read(bytes: number): Buffer | null },
      onMessage: (message: Record<string, unknown>) => void,
      options: { ayBuffer: true },
    ): void;
  };
  export default message;
}

declare module "dbus-next/lib/marshall-compat.js" {
  const compat: {
    messageToJsFmt(message: Record<string, unknown>): Record<string, unknown> & { body: unknown[] };
    marshallMessage(message: Record<string, unknown>): [Buffer, unknown[]];
  };
  export default compat;
}

declare module "dbus-next/lib/variant.js" {
  const module: {
    Variant: new (signature: string, value: unknown) => { readonly signature: string; readonly value: unknown };
  };
  export default module;
}
