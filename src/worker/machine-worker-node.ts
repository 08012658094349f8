/** The thread of Node in which a machine runs. */
import { MachineServer } from "./machine-server.ts";
import { serveByMessages } from "./message-connection.ts";
import { nodePlatform, parentEndpoint } from "./node-adapter.ts";

serveByMessages(new MachineServer(nodePlatform), parentEndpoint());
