import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { copyTrimmed } from "../../../../plugins/aws/trim.ts";

/** A module that is built as Terraform's AWS provider is, with two services of which one is in use. */
const module: Record<string, string> = {
    "go.mod": "module github.com/hashicorp/terraform-provider-aws\n",
    "README.md": "Not needed.\n",
    "names/names.go": "package names\n",
    "version/version.go": "package version\n",
    "xpprovider/xpprovider.go": "package xpprovider\n",
    "internal/acctest/acctest.go": "package acctest\n",
    "internal/generate/main.go": "package main\n",
    "internal/tags/tags.go": "package tags\n",
    "internal/tags/tags_test.go": "package tags\n",
    "internal/tags/testdata/one.json": "{}\n",
    "internal/service/sqs/queue.go":
        "package sqs\n\nfunc find(meta any) { meta.(*conns.AWSClient).SQSClient(ctx).GetQueueUrl() }\n",
    "internal/service/sqs/queue_test.go": "package sqs\n",
    "internal/service/braket/job.go":
        "package braket\n\nfunc find(meta any) { meta.(*conns.AWSClient).BraketClient(ctx).GetJob() }\n",
    "internal/provider/sdkv2/service_packages_gen.go": [
        "package sdkv2",
        "",
        "import (",
        '\t"github.com/hashicorp/terraform-provider-aws/internal/service/braket"',
        '\t"github.com/hashicorp/terraform-provider-aws/internal/service/sqs"',
        ")",
        "",
        "func servicePackages(ctx context.Context) []conns.ServicePackage {",
        "\treturn []conns.ServicePackage{",
        "\t\tbraket.ServicePackage(ctx),",
        "\t\tsqs.ServicePackage(ctx),",
        "\t}",
        "}",
        "",
    ].join("\n"),
    "internal/conns/awsclient_gen.go": [
        "package conns",
        "",
        "import (",
        '\t"context"',
        "",
        '\t"github.com/aws/aws-sdk-go-v2/service/braket"',
        '\t"github.com/aws/aws-sdk-go-v2/service/sqs"',
        '\t"github.com/hashicorp/terraform-provider-aws/names"',
        ")",
        "",
        "func (c *AWSClient) BraketClient(ctx context.Context) *braket.Client {",
        "\treturn errs.Must(client[*braket.Client](ctx, c, names.Braket, nil))",
        "}",
        "",
        "func (c *AWSClient) SQSClient(ctx context.Context) *sqs.Client {",
        "\treturn errs.Must(client[*sqs.Client](ctx, c, names.SQS, nil))",
        "}",
        "",
    ].join("\n"),
};

describe("The copy of Terraform's AWS provider that the plugin is built of", () => {
    let folder: string;
    let copy: string;
    const read = (path: string) => readFileSync(join(copy, path), "utf8");

    before(() => {
        folder = mkdtempSync(join(tmpdir(), "story-42-trim-"));
        copy = join(folder, "copy");
        for (const [path, text] of Object.entries(module)) {
            const file = join(folder, "module", path);
            mkdirSync(dirname(file), { recursive: true });
            // As Go's module cache has them.
            writeFileSync(file, text, { mode: 0o444 });
        }
        copyTrimmed(join(folder, "module"), copy);
    });
    after(() => rmSync(folder, { recursive: true }));

    it("has the services in use and what all share, without tests and the tools of the module's own authors", () => {
        const files = readdirSync(copy, { recursive: true, encoding: "utf8" }).filter((path) => /\.\w+$/.test(path));
        expect(files).to.have.members([
            "go.mod",
            "names/names.go",
            "version/version.go",
            "xpprovider/xpprovider.go",
            "internal/tags/tags.go",
            "internal/service/sqs/queue.go",
            "internal/provider/sdkv2/service_packages_gen.go",
            "internal/conns/awsclient_gen.go",
        ]);
    });

    it("names no service that is left out", () => {
        const packages = read("internal/provider/sdkv2/service_packages_gen.go");
        expect(packages).to.not.contain("braket");
        expect(packages).to.contain("sqs.ServicePackage(ctx)").and.to.contain('internal/service/sqs"');
    });

    it("has the clients that are called, and imports nothing for the others", () => {
        const clients = read("internal/conns/awsclient_gen.go");
        expect(clients).to.not.match(/braket/i);
        expect(clients).to.contain("func (c *AWSClient) SQSClient").and.to.contain('service/sqs"');
        expect(clients).to.contain('"context"').and.to.contain('terraform-provider-aws/names"');
    });

    it("leaves the module as it was", () => {
        for (const [path, text] of Object.entries(module)) {
            expect(readFileSync(join(folder, "module", path), "utf8"), path).to.equal(text);
        }
    });
});
