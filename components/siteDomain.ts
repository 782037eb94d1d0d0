import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { ofProvider } from "./mocked.ts";
import type { StorySiteArgs } from "./site.ts";
import { tagsFor } from "./tags.ts";
import { transform } from "./transform.ts";

/** A domain of one's own for the site. */
export interface SiteDomain {
    /** The zone to make, for example `story-42.example.com`; the site answers to it and to `www.` before it. */
    zoneName: string;
}

/** A domain that is ready for a distribution. */
export interface ReadyDomain {
    /** The names that the distribution answers to, the main one first. */
    names: string[];
    /** The certificate for them, known once it is issued. */
    certificateArn: pulumi.Output<string>;
    /** Makes the records that lead to the distribution. */
    pointAt(distribution: aws.cloudfront.Distribution): void;
}

/**
 * Makes the zone and a certificate for it. The zone's name servers must be entered at the parent domain within the first
 * `up`, or the certificate is never issued.
 */
export function createDomain(
    name: string,
    args: StorySiteArgs,
    domain: SiteDomain,
    opts: pulumi.CustomResourceOptions,
): ReadyDomain {
    const names = [domain.zoneName, `www.${domain.zoneName}`];
    const zone = new aws.route53.Zone(
        ...transform<aws.route53.ZoneArgs>(
            args.transform?.zone,
            `${name}-zone`,
            {
                name: domain.zoneName,
                comment: `${args.project} ${args.environment}`,
                tags: tagsFor(args, domain.zoneName, args.tags),
            },
            opts,
        ),
    );
    return {
        names,
        certificateArn: createCertificate(name, args, zone, names, opts),
        pointAt: (distribution) => {
            for (const [label, recordName] of [
                ["apex", names[0]],
                ["www", names[1]],
            ] as const) {
                for (const type of ["A", "AAAA"]) {
                    new aws.route53.Record(
                        ...transform<aws.route53.RecordArgs>(
                            args.transform?.record,
                            `${name}-${label}-${type.toLowerCase()}`,
                            {
                                zoneId: zone.zoneId,
                                name: recordName ?? domain.zoneName,
                                type,
                                aliases: [
                                    {
                                        name: distribution.domainName,
                                        zoneId: distribution.hostedZoneId,
                                        evaluateTargetHealth: false,
                                    },
                                ],
                            },
                            opts,
                        ),
                    );
                }
            }
        },
    };
}

function createCertificate(
    name: string,
    args: StorySiteArgs,
    zone: aws.route53.Zone,
    names: string[],
    opts: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
    const [domainName = "", ...others] = names;
    // CloudFront takes certificates from us-east-1 only, whatever the stack's region.
    const region = "us-east-1";
    const certificate = new aws.acm.Certificate(
        ...transform<aws.acm.CertificateArgs>(
            args.transform?.certificate,
            `${name}-certificate`,
            {
                domainName,
                subjectAlternativeNames: others,
                validationMethod: "DNS",
                region,
                tags: tagsFor(args, domainName, args.tags),
            },
            opts,
        ),
    );
    const records = names.map((_, index) => {
        const option = ofProvider(certificate.domainValidationOptions, (options) => {
            const found = options[index];
            if (!found) {
                throw new Error(`ACM gave no validation record for ${names[index]}`);
            }
            return found;
        });
        return new aws.route53.Record(
            ...transform<aws.route53.RecordArgs>(
                args.transform?.record,
                `${name}-validation-${index === 0 ? "apex" : "www"}`,
                {
                    zoneId: zone.zoneId,
                    name: option.resourceRecordName,
                    type: option.resourceRecordType,
                    records: [option.resourceRecordValue],
                    ttl: 300,
                    allowOverwrite: true,
                },
                opts,
            ),
        );
    });
    const validation = new aws.acm.CertificateValidation(
        ...transform<aws.acm.CertificateValidationArgs>(
            args.transform?.certificateValidation,
            `${name}-certificate-validation`,
            { certificateArn: certificate.arn, validationRecordFqdns: records.map((record) => record.fqdn), region },
            opts,
        ),
    );
    return validation.certificateArn;
}
