import { expect } from "chai";
import { homeOf } from "../../../package/home.ts";

describe("The package's home", () => {
    it("is the repository whose workflow makes it", () => {
        const home = homeOf({ GITHUB_SERVER_URL: "https://github.com", GITHUB_REPOSITORY: "owner/story" });
        expect(home).to.deep.equal({
            repository: { type: "git", url: "git+https://github.com/owner/story.git" },
            homepage: "https://github.com/owner/story#readme",
            bugs: { url: "https://github.com/owner/story/issues" },
        });
    });

    it("is not made up elsewhere", () => {
        expect(homeOf({})).to.equal(undefined);
    });
});
