import fc from "fast-check";
import { expect, test } from "vitest";
import { packAnnouncements, packIds, readId } from "../../../runtime/mesh/broadcast/message-id.js";

const anyIds = fc.array(fc.nat({ max: 2 ** 48 - 1 }), { maxLength: 20 });

test("ids come back from bytes as they were", () => {
  fc.assert(
    fc.property(anyIds, (ids) => {
      const bytes = packIds(ids);
      expect(ids.map((_, i) => readId(bytes, i * 6))).toEqual(ids);
      const announced = packAnnouncements(ids, (id) => id % 256);
      expect(ids.map((_, i) => [readId(announced, i * 7), announced[i * 7 + 6]])).toEqual(
        ids.map((id) => [id, id % 256]),
      );
    }),
  );
});
