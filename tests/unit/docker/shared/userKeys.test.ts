import { expect } from "chai";
import { ownKey } from "../../../../docker/shared/userKeys.ts";

describe("a key of a user's", () => {
    it("names a picture only inside the caller's own folder", () => {
        expect(ownKey("s3://b/users/u/jobs/j/segment_1.png", "b", "u")).to.equal("users/u/jobs/j/segment_1.png");
        for (const uri of [
            "s3://other/users/u/jobs/j/1.png",
            "s3://b/users/v/jobs/j/1.png",
            "s3://b/users/u/../v/1.png",
            "s3://b/users/u//1.png",
            "https://b/users/u/1.png",
            "s3://b/users/uu/1.png",
        ]) {
            expect(ownKey(uri, "b", "u"), uri).to.equal(undefined);
        }
    });
});
