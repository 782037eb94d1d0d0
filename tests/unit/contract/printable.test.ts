import { expect } from "chai";
import { printable, printableLines } from "../../../contract/printable.ts";

describe("printable text", () => {
    it("has no control characters or line breaks in a line", () => {
        expect(printable(" one\u0000\n two\u2028three ")).to.equal("one two three");
        expect(printableLines(" one\u0000\r\n\ttwo\u2028\u001b[31mthree ")).to.equal("one\n\ttwo\n[31mthree");
    });
});
