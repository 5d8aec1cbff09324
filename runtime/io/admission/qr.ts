/** An invitation's address as a QR code (ISO/IEC 18004): the matrix, for the terminal and the page alike. */
import { encode } from "uqr";

/** Four modules of quiet zone, as the standard asks. */
const BORDER = 4;

/** @returns rows of "1" (dark) and "0". */
export function qrRows(text: string): string[] {
  // M recovers 15 %: a screen is not scratched, but photographed at an angle.
  const { data } = encode(text, { ecc: "M", border: BORDER });
  return data.map((row) => row.map((dark) => (dark ? "1" : "0")).join(""));
}
