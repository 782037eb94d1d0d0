import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { CodeField, StepForm } from "./StepForm.tsx";

/** Few need it, once. */
const QRCode = lazy(async () => ({ default: (await import("qrcode.react")).QRCodeSVG }));
const QR_PIXELS = 176;

interface AuthenticatorProps {
    /** In base32. */
    secret: string;
    email: string;
    submit: (code: string) => Promise<void>;
}

/** Sets up an authenticator app: its key as a QR code and as text, and a field for its first code. */
export function Authenticator({ secret, email, submit }: AuthenticatorProps) {
    const { t } = useTranslation();
    // The format of authenticator apps (github.com/google/google-authenticator/wiki/Key-Uri-Format).
    const address = `otpauth://totp/Story-42:${encodeURIComponent(email)}?secret=${secret}&issuer=Story-42`;
    return (
        <StepForm
            title="Set up your authenticator"
            focus="heading"
            intro={
                <>
                    <p>{t("Signing in takes a second step: six digits that an app on your phone shows.")}</p>
                    <ol>
                        <li>{t("Open an authenticator app on your phone. Any of them will do.")}</li>
                        <li>{t("Scan this QR code with it, or enter the key by hand.")}</li>
                    </ol>
                    <div className="key">
                        <Suspense fallback={<svg width={QR_PIXELS} height={QR_PIXELS} aria-hidden="true" />}>
                            <QRCode value={address} size={QR_PIXELS} marginSize={4} title={t("QR code of the key")} />
                        </Suspense>
                        <code>{secret.match(/.{1,4}/g)?.join(" ")}</code>
                    </div>
                    <p>
                        <strong>{t("Keep the key somewhere safe, such as a password manager or a drawer.")}</strong>{" "}
                        {t(
                            "If the phone is lost, the key sets up another one; without it, only whoever runs this site can help.",
                        )}
                    </p>
                </>
            }
            action={["Finish", "Checking…"]}
            submit={(field) => submit(field("code").trim())}
        >
            <CodeField label="Code from the app" />
        </StepForm>
    );
}
