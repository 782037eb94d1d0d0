import { expect } from "chai";
import { withoutMetadataFiles } from "../../../../automation/engine/backend.ts";

describe("A backend's address for the driver", () => {
    it("asks a folder for no notes beside its files, and leaves everything else as it is", () => {
        const given = [
            "file:///states",
            "file:///states?no_tmp_dir=true",
            "file:///states?metadata=xattr",
            "s3://states?region=eu-west-1",
            undefined,
        ];
        expect(given.map(withoutMetadataFiles)).to.deep.equal([
            "file:///states?metadata=skip",
            "file:///states?no_tmp_dir=true&metadata=skip",
            "file:///states?metadata=xattr",
            "s3://states?region=eu-west-1",
            undefined,
        ]);
    });
});
