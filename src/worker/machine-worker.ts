/** The web worker in which a machine of a page runs. */
import { MachineServer } from "./machine-server.ts";
import { serveByMessages } from "./message-connection.ts";
import { pagePlatform } from "./page-platform.ts";

serveByMessages(new MachineServer(pagePlatform));
