/** The words of invitation codes: BIP-39's English list, 2,048 words that differ in their first four letters. */
import { wordlist } from "@scure/bip39/wordlists/english.js";

export const CODE_WORDLIST: readonly string[] = wordlist;
