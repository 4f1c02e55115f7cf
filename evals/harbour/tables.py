# ruff: noqa: E501 - a record of a table stays on one line
"""The tables of `catalogue.json` beside this file: a made-up group that watches sea, ice and coast, whose people, datasets and models exist nowhere.

`python -m evals.catalogue harbour` writes it, the same each time. One line of a table is one record.
"""

AFFILIATIONS = """
Skerry Ocean Institute
Northlight Satellite Centre
Tidewater University
Polar Survey Trust
Bluehull Robotics
Merrow Climate Group
"""

# name | affiliations
USERS = """
harbour_admin |
Declan Burke  | Tidewater University
s.varga       | Tidewater University; Merrow Climate Group
yusuf_k       | Merrow Climate Group
Marit Olsen   | Northlight Satellite Centre; Polar Survey Trust
chidi_n       | Bluehull Robotics
hamish        | Skerry Ocean Institute
keiko         | Skerry Ocean Institute; Tidewater University
Rosa Ibarra   | Northlight Satellite Centre
tomasz        | Bluehull Robotics; Skerry Ocean Institute
bjorn_d       | Polar Survey Trust
lauren-p      | Skerry Ocean Institute
Ines Duarte   | Merrow Climate Group
gus           |
"""

# name | size | media | tasks | created | owners, the first owns it | columns | private
DATASETS = """
Whale Calls 22     | 48000   | audio | classification, detection    | 2022-03-18 | hamish, lauren-p      | clip_id:int, clip:bytes, species:string        |
humpback-songs     | 7200    | audio | generation                   | 2020-10-05 | lauren-p              | song_id:int, clip:bytes, length_s:float        |
Ferry Noise        | 15500   | audio | classification               | 2021-06-21 | tomasz                | clip:bytes, vessel:string, speed_kn:float      |
Hydrophone Array B | 640000  | audio | detection, classification    | 2023-09-12 | hamish, tomasz        | channel:int, clip:bytes, depth_m:float, label:string |
snapping shrimp    | 2900    | audio | detection                    | 2019-08-02 | lauren-p              | clip:bytes, onset:float                        |
storm-mics         | 11000   | audio | regression                   | 2024-11-26 | keiko                 | clip:bytes, wind_ms:float                      |
ice-tiles          | 260000  | image | segmentation                 | 2020-02-14 | Marit Olsen, bjorn_d  | tile_id:int, tile:bytes, mask:bytes, lat:float |
cloudmask-8        | 185000  | image | segmentation                 | 2019-04-30 | Rosa Ibarra           | tile_id:int, tile:bytes, mask:bytes            |
Kelp Canopy        | 34000   | image | segmentation, regression     | 2021-09-09 | Rosa Ibarra, keiko    | tile:bytes, cover:float, lat:float             |
plankton-slides    | 92000   | image | classification               | 2022-01-17 | lauren-p, keiko       | slide:int, species:string, photo:bytes         |
Ship Wakes         | 21500   | image | detection                    | 2023-02-28 | Rosa Ibarra           | tile:bytes, box:string, heading:float          |
Night Lights North | 57000   | image | detection, classification    | 2024-05-15 | Marit Olsen           | tile:bytes, lat:float, lon:float               | private
coralgrid          | 8800    | image | classification, segmentation | 2025-01-20 | keiko                 | quad:int, photo:bytes, species:string          |
reef-cams          | 13200   | video | detection, classification    | 2021-11-11 | keiko, lauren-p       | clip:bytes, species:string, depth_m:float      |
ROV Dives          | 1900    | video | detection                    | 2022-07-26 | chidi_n, tomasz       | dive:int, clip:bytes, depth_m:float            |
harbour gate       | 76000   | video | detection                    | 2023-05-03 | chidi_n               | frame:int, vessel:string                       | private
Seal Haulout       |         | video | classification               | 2020-06-19 | bjorn_d               | clip:bytes, seals:int                          |
wave-tank          | 4100    | video | regression, generation       | 2019-12-01 | tomasz                | run:int, clip:bytes, height_m:float            |
ship logs 1880     | 530000  | text  | generation, classification   | 2019-03-07 | Declan Burke          | entry:string, vessel:string, year:int          |
Buoy Reports       | 1250000 | text  | regression                   | 2022-10-30 | keiko, Ines Duarte    | buoy:string, report:string, height_m:float     |
tide-notes         | 39000   | text  | regression, generation       | 2020-08-24 | Ines Duarte           | port:string, note:string, level:float          |
Climate Abstracts  | 3400000 | text  | generation, classification   | 2023-01-09 | s.varga, yusuf_k      | title:string, abstract:string, year:int        |
radio chatter      |         | text  | detection                    | 2024-03-22 | hamish                | line:string, channel:int                       |
Fishery Letters    | 6300    | text  | classification               | 2024-08-13 | Declan Burke          | letter:string, year:int                        | private
Port Notices       | 18700   | text  | classification               | 2021-02-16 | chidi_n               | port:string, notice:string                     |
"""

# name | parameters | media | training | tasks | authors, the first owns it | datasets | created | blocks, head, up, down, embedding | private
TRANSFORMERS = """
Pelagic-13B    | 13000000000 | text  | pretrain | generation                   | Declan Burke, s.varga    | Climate Abstracts, ship logs 1880     | 2024-02-06 | 40 128 20480 5120 5120 |
Pelagic-3B     | 3000000000  | text  | pretrain | generation                   | s.varga, Declan Burke    | Climate Abstracts                     | 2023-05-11 | 28 96 12288 3072 3072  |
Pelagic Assist | 3000000000  | text  | rl       | generation, classification   | s.varga, yusuf_k         | Climate Abstracts                     | 2023-11-27 | 28 96 12288 3072 3072  |
logbook-qa     | 220000000   | text  | finetune | classification, generation   | Declan Burke             | ship logs 1880                        | 2021-04-19 | 12 64 3072 768 768     |
logbook-mini   | 17000000    | text  | finetune | classification               | Declan Burke             | ship logs 1880                        | 2022-02-08 | 4 32 1024 256 256      |
Portside       | 110000000   | text  | finetune | classification               | chidi_n                  | Port Notices, Buoy Reports            | 2022-12-05 | 12 64 3072 768 768     |
Mayday         | 67000000    | text  | finetune | detection                    | hamish                   | radio chatter                         | 2024-06-10 | 6 64 2048 512 512      |
Buoyant        | 340000000   | text  | pretrain | regression                   | keiko, Ines Duarte       | Buoy Reports, tide-notes              | 2023-02-20 | 24 64 4096 1024 1024   |
Forecastle     | 7500000000  | text  | rl       | generation                   | yusuf_k                  | Climate Abstracts, Buoy Reports       | 2025-03-14 | 32 128 16384 4096 4096 | private
Skyglass       | 88000000    | image | pretrain | classification, segmentation | Rosa Ibarra, Marit Olsen | cloudmask-8, ice-tiles                | 2021-10-28 | 12 64 3072 768 768     |
Skyglass Huge  | 650000000   | image | pretrain | classification, segmentation | Rosa Ibarra              | cloudmask-8, ice-tiles, Kelp Canopy   | 2024-09-02 | 32 80 5120 1280 1280   |
Floe           | 95000000    | image | finetune | segmentation                 | Marit Olsen, bjorn_d     | ice-tiles                             | 2022-05-23 | 12 64 3072 768 768     |
Nightwatch     | 305000000   | image | finetune | detection                    | Marit Olsen              | Night Lights North, Ship Wakes        | 2024-07-18 | 24 64 4096 1024 1024   | private
Leviathan      | 1300000000  | audio | pretrain | generation, classification   | hamish, lauren-p         | humpback-songs, Hydrophone Array B    | 2024-01-30 | 36 96 8192 2048 2048   |
Cetacea-S      | 42000000    | audio | finetune | classification               | lauren-p                 | Whale Calls 22                        | 2022-08-15 | 8 64 2048 512 512      |
deepcast       | 2100000000  | video | pretrain | generation, regression       | keiko, s.varga           | wave-tank, reef-cams                  | 2025-02-03 | 40 96 6144 1536 1536   |
Reefwatch      | 410000000   | video | pretrain | detection, classification    | keiko                    | reef-cams                             | 2023-07-07 | 24 64 4096 1024 1024   |
Undertow       |             | video | pretrain | regression                   |                          |                                       | 2020-11-16 | 16 64                  |
"""

# the same, with the number of modules and those that are known: kernel size and pooling
CNNS = """
cloudcutter      | 28000000 | image | pretrain | segmentation              | Rosa Ibarra            | cloudmask-8                        | 2019-09-25 | 5: 3max 3max 5max 5avg 3avg |
cloudcutter-nano | 1600000  | image | finetune | segmentation              | Rosa Ibarra, tomasz    | cloudmask-8                        | 2021-03-02 | 2: 3max 3avg                |
Icebreaker       | 52000000 | image | pretrain | segmentation, detection   | bjorn_d, Marit Olsen   | ice-tiles                          | 2020-07-13 | 6: 7max 5max 3max 3max 3avg 3other |
kelpie           | 9400000  | image | pretrain | regression, segmentation  | keiko                  | Kelp Canopy                        | 2021-12-20 | 3: 5avg 3avg 3avg           |
Diatom-9         | 13500000 | image | pretrain | classification            | lauren-p, keiko        | plankton-slides                    | 2022-04-11 | 4: 5max 3max 3max 1avg      |
copepod          | 2400000  | image | finetune | classification            | lauren-p               | plankton-slides                    | 2022-09-29 | 2: 3max 1avg                |
wakefinder       | 36000000 | image | pretrain | detection                 | Rosa Ibarra, bjorn_d   | Ship Wakes                         | 2023-04-17 | 4: 7max 5max 3min 3max      |
coralline        | 19000000 | image | finetune | classification, segmentation | keiko               | coralgrid, plankton-slides         | 2025-04-08 | 3: 3max 3max 3avg           |
ROV-eye          | 24000000 | video | pretrain | detection                 | chidi_n, tomasz        | ROV Dives, reef-cams               | 2022-11-03 | 4: 5max 3max 3max 3other    |
Pinniped         | 6100000  | video | pretrain | classification, detection | bjorn_d                | Seal Haulout                       | 2020-09-08 | 3: 3max 3avg 1avg           |
gatecount        | 15000000 | video | finetune | detection                 | chidi_n                | harbour gate                       | 2023-06-29 | 3: 5max 3max 3max           | private
breakers         | 4700000  | video | pretrain | regression                | tomasz                 | wave-tank                          | 2020-03-16 | 2: 7avg 5avg                |
Sonogram         | 11000000 | audio | pretrain | classification            | hamish                 | Whale Calls 22, Hydrophone Array B | 2023-12-12 | 4: 9max 5max 3max 3avg      |
hullhum          | 3300000  | audio | finetune | classification            | tomasz, chidi_n        | Ferry Noise                        | 2021-08-18 | 2: 9avg 3other              |
shrimpnet        | 780000   | audio | pretrain | detection                 | lauren-p               | snapping shrimp                    | 2019-10-14 | 2: 9max 5min                |
"""

# the same, with the loss; batch size; input size
RNNS = """
tideline     | 1900000  | text  | pretrain | regression             | Ines Duarte           | tide-notes                      | 2020-12-07 | mse; 32; 64            |
Ebb          | 5200000  | text  | finetune | generation             | Ines Duarte, yusuf_k  | tide-notes                      | 2021-05-31 | nll; 64; 300           |
Barograph    | 8300000  | text  | pretrain | regression             | yusuf_k               | Buoy Reports                    | 2022-12-19 | huber; 128; 300        |
Barograph 2  | 12800000 | text  | finetune | regression             | yusuf_k, Ines Duarte  | Buoy Reports, tide-notes        | 2024-04-25 | huber; 128; 512        |
Old Salt     | 31000000 | text  | pretrain | generation             | Declan Burke          | ship logs 1880                  | 2019-07-22 | nll; 256; 512          |
Semaphore    | 7000000  | text  | rl       | classification         | chidi_n               | Port Notices                    | 2021-07-05 | cross_entropy; 64; 300 |
Stormglass   | 4400000  | audio | pretrain | regression             | keiko, Ines Duarte    | storm-mics                      | 2025-01-06 | mse; 16; 128           |
Foghorn      | 2600000  | audio | pretrain | detection              | tomasz                | Ferry Noise, Hydrophone Array B | 2023-10-09 | bce; 32; 80            |
Songline     | 14200000 | audio | pretrain | generation             | lauren-p, hamish      | humpback-songs                  | 2021-01-25 | mse; 16; 256           |
Clickstream  | 950000   | audio | finetune | detection              | hamish                | Hydrophone Array B              | 2024-10-21 | bce; 64; 80            |
Swellcast    | 6600000  | video | pretrain | regression             | tomasz, keiko         | wave-tank                       | 2020-05-04 | mse; 8; 1024           |
driftwood    |          | video | finetune | generation             | s.varga               |                                 | 2022-06-06 | mse; 8                 |
"""

ADMIN = "harbour_admin"
OF_A_MODEL = "Made up for testing: {media} model of a marine group that does not exist."
OF_DATA = "Made up for testing: {media} data of a marine group that does not exist."
