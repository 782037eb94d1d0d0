import { useTranslation } from "react-i18next";
import { useSession } from "../session.ts";
import { useIsOffline } from "./connection.ts";

/** Says that there is no connection, and what can be done without. Nothing while there is one. */
export function Offline() {
    const { t } = useTranslation();
    const session = useSession();
    const isOffline = useIsOffline();
    return (
        <div role="status">
            {isOffline && (
                <p className="offline">
                    {session
                        ? t(
                              "No connection. Stories that you have opened here can be read; everything else has to wait.",
                          )
                        : t("No connection. Signing in needs one.")}
                </p>
            )}
        </div>
    );
}
