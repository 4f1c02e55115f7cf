# ruff: noqa: E501 - a record of a table stays on one line
"""The tables of `catalogue.json` beside this file: a made-up industrial research group, whose people, datasets and models exist nowhere.

`python -m evals.catalogue foundry` writes it, the same each time. One line of a table is one record.
"""

AFFILIATIONS = """
Arkwell Alloys Lab
Sensor Works
Speech Bench
Vision Hall
Polytechnic of Eastmere
Quillon Data Co-op
Northgate Test Centre
"""

# name | affiliations
USERS = """
foundry_root       |
Henrike Aalto      | Arkwell Alloys Lab
j.okonkwo          | Arkwell Alloys Lab; Sensor Works
Priyanka           | Speech Bench
LiWei              | Vision Hall
Bram van Dorn      | Sensor Works
tamsin_r           | Vision Hall; Speech Bench
Dr. Castellanos    | Polytechnic of Eastmere
yusuf              | Sensor Works
Marisol Etxeberria | Polytechnic of Eastmere; Arkwell Alloys Lab
o'hanlon           | Vision Hall
ngozi.a            |
Kestrel            | Quillon Data Co-op
Stellan Brandt     | Quillon Data Co-op; Speech Bench
"""

# name | size | media | tasks | created | owners, the first owns it | columns | private
DATASETS = """
Grain Boundaries   | 48000   | image | segmentation, classification | 2020-04-14 | Henrike Aalto, j.okonkwo                           | patch_id:int, alloy:string, mask:bytes                |
Weld Seams         | 15600   | image | detection, classification    | 2021-03-09 | LiWei, o'hanlon                                    | seam:int, box:string, defect:string                   |
weld-seams-xl      | 212000  | image | detection                    | 2024-02-20 | LiWei                                              | seam:int, box:string, defect:string, camera:string    |
Surface Scratches  | 9400    | image | detection, segmentation      | 2020-11-30 | o'hanlon                                           | sheet:int, mask:bytes, depth:float                    |
Rust Atlas         | 31000   | image | classification, regression   | 2022-06-08 | Marisol Etxeberria, Dr. Castellanos                | coupon:int, grade:int, hours:float                    |
Powder SEM         | 6200    | image | segmentation, regression     | 2023-01-17 | Henrike Aalto                                      | particle:int, diameter:float, mask:bytes              |
Thermal Plates     | 18500   | image | regression                   | 2022-10-25 | Bram van Dorn, yusuf                               | plate:int, kelvin:float                               |
Bin Picks          | 88000   | image | detection                    | 2025-03-18 | tamsin_r, LiWei                                    | bin:int, box:string, camera:string                    |
Gauge Dials        | 12400   | image | regression, classification   | 2021-09-02 | yusuf                                              | dial:string, reading:float                            |
Crack Pilot        | 1400    | image | segmentation                 | 2025-06-11 | Dr. Castellanos                                    | specimen:int, mask:bytes                              | private
Spec Sheets        | 67000   | text  | classification, generation   | 2020-07-21 | Marisol Etxeberria, Henrike Aalto                  | sheet:int, alloy:string, body:string                  |
Lab Diaries        | 240000  | text  | generation                   | 2021-12-13 | Henrike Aalto, Marisol Etxeberria                  | entry:string, day:string, alloy:string                |
Shift Reports      | 530000  | text  | classification, generation   | 2022-04-27 | Kestrel, Stellan Brandt                            | report:string, shift:string, lang:string              |
Fault Tickets      | 41000   | text  | classification               | 2023-08-08 | yusuf, Kestrel                                     | ticket:int, body:string, severity:int                 |
Patent Claims      | 1750000 | text  | generation, classification   | 2024-09-30 | Kestrel                                            | claim:string, office:string, lang:string              |
Alloy Recipes      | 5300    | text  | regression                   | 2020-02-05 | j.okonkwo                                          | recipe:string, hardness:float                         | private
Supplier Mails     |         | text  | classification               | 2025-10-14 | Stellan Brandt                                     | mail:string, urgent:bool, lang:string                 |
Motor Hum          | 36000   | audio | classification, detection    | 2020-09-15 | Bram van Dorn                                      | clip:bytes, rpm:int, faulty:bool                      |
Bearing Clicks     | 9400    | audio | classification               | 2021-05-19 | Bram van Dorn, yusuf                               | clip:bytes, faulty:bool                               |
Shopfloor Commands | 54000   | audio | classification, generation   | 2022-02-02 | Priyanka, tamsin_r                                 | clip:bytes, words:string, lang:string                 |
Accent Mile        | 128000  | audio | generation                   | 2023-10-11 | Priyanka                                           | clip:bytes, words:string, accent:string               |
Radio Chatter      | 22000   | audio | generation, segmentation     | 2024-05-06 | Stellan Brandt, Priyanka                           | clip:bytes, words:string, channel:int                 |
whisper-booth      | 3100    | audio | generation                   | 2026-01-26 | tamsin_r                                           | clip:bytes, words:string                              | private
Ultrasound Taps    | 7700    | audio | regression                   | 2023-03-22 | j.okonkwo, Bram van Dorn                           | tap:bytes, thickness:float                            |
Alarm Tones        | 7700    | audio | detection                    | 2026-04-09 | ngozi.a                                            | clip:bytes, onset:float                               |
Conveyor Days      | 4200    | video | detection, classification    | 2021-07-29 | tamsin_r                                           | frame:int, box:string, camera:string                  |
Melt Pool Films    | 2600    | video | regression, segmentation     | 2023-06-06 | Henrike Aalto, Marisol Etxeberria, Dr. Castellanos | frame:int, mask:bytes, kelvin:float                   |
Robot Arm Replays  | 11000   | video | classification, generation   | 2025-01-27 | LiWei, tamsin_r                                    | step:int, joint:string, reward:float                  |
Forklift Lanes     | 950     | video | detection                    | 2026-02-17 | o'hanlon                                           | frame:int, box:string                                 |
"""

# name | parameters | media | training | tasks | authors, the first owns it | datasets | created | blocks, head, up, down, embedding | private
TRANSFORMERS = """
Alloyscribe-2B    | 2000000000 | text  | pretrain | generation                 | Henrike Aalto, Marisol Etxeberria | Lab Diaries, Patent Claims   | 2024-11-12 | 26 128 10240 2560 2560 |
Alloyscribe-350M  | 350000000  | text  | pretrain | generation                 | Marisol Etxeberria                | Lab Diaries                  | 2022-05-23 | 24 64 4096 1024 1024   |
Claimsmith        | 7000000000 | text  | finetune | generation, classification | Kestrel                           | Patent Claims                | 2025-02-03 | 32 128 16384 4096 4096 |
Shiftline Chat    | 2000000000 | text  | rl       | generation                 | Kestrel, Stellan Brandt           | Shift Reports, Fault Tickets | 2025-06-30 | 26 128 10240 2560 2560 |
ticketbert        | 110000000  | text  | finetune | classification             | yusuf                             | Fault Tickets                | 2023-09-19 | 12 64 3072 768 768     |
Specsheet Reader  | 66000000   | text  | finetune | classification             | Marisol Etxeberria                | Spec Sheets                  | 2021-02-16 | 6 64 3072 768 768      |
Recipe Guess      | 125000000  | text  | finetune | regression                 | j.okonkwo                         | Alloy Recipes                | 2021-10-04 | 12 64 3072 768 768     | private
Blank Slate       |            | text  | pretrain | generation                 | Stellan Brandt                    |                              | 2026-03-02 | 48 128                 |
Seamformer        | 86000000   | image | pretrain | detection, classification  | LiWei, o'hanlon                   | Weld Seams                   | 2022-08-18 | 12 64 3072 768 768     |
Seamformer Huge   | 630000000  | image | pretrain | detection, classification  | LiWei                             | Weld Seams, weld-seams-xl    | 2024-04-22 | 32 80 5120 1280 1280   |
Pickformer        | 305000000  | image | finetune | detection                  | tamsin_r, LiWei                   | Bin Picks                    | 2025-05-07 | 24 64 4096 1024 1024   |
Earshot-L         | 620000000  | audio | pretrain | generation                 | Priyanka, Stellan Brandt          | Accent Mile, Radio Chatter   | 2024-07-15 | 28 80 5120 1280 1280   |
Earshot-S         | 74000000   | audio | finetune | generation                 | Priyanka                          | Accent Mile                  | 2024-01-09 | 6 64 2048 512 512      |
Commandeer        | 39000000   | audio | finetune | classification, generation | tamsin_r, Priyanka                | Shopfloor Commands           | 2022-03-30 | 4 64 1536 384 384      |
Armchair Director | 480000000  | video | rl       | generation, classification | LiWei                             | Robot Arm Replays            | 2025-08-25 | 22 64 4608 1152 1152   |
"""

# the same, with the number of modules and those that are known: kernel size and pooling
CNNS = """
grainnet      | 25000000 | image | pretrain | segmentation, classification | Henrike Aalto, j.okonkwo, Dr. Castellanos           | Grain Boundaries              | 2020-06-10 | 5: 7max 3max 3max 3avg 1avg |
grainnet-tiny | 1800000  | image | finetune | segmentation                 | j.okonkwo                                           | Grain Boundaries              | 2021-01-25 | 2: 3max 3avg                |
Seamcheck     | 23500000 | image | pretrain | detection                    | o'hanlon                                            | Weld Seams                    | 2021-04-28 | 4: 7max 3max 3max 5max      |
Seamcheck 2   | 28000000 | image | finetune | detection, classification    | o'hanlon, LiWei                                     | Weld Seams, weld-seams-xl     | 2024-03-27 | 6: 5max 3max 3max 3max 3avg 1avg |
scratchy      | 4600000  | image | pretrain | detection, segmentation      | o'hanlon                                            | Surface Scratches             | 2021-01-12 | 3: 3max 3max 1min           |
Rustmeter     | 11200000 | image | pretrain | regression, classification   | Dr. Castellanos, Marisol Etxeberria                 | Rust Atlas                    | 2022-09-05 | 3: 5avg 3avg 3avg           |
Powderpuff    | 33000000 | image | pretrain | segmentation                 | Henrike Aalto                                       | Powder SEM                    | 2023-04-03 | 7: 3max 3max 3max 3avg      |
Thermoscope   | 14500000 | image | finetune | regression                   | Bram van Dorn, yusuf                                | Thermal Plates                | 2023-01-31 | 3: 3avg 3avg 3min           |
dialreader    | 2900000  | image | pretrain | regression, classification   | yusuf                                               | Gauge Dials                   | 2021-10-20 | 2: 5max 3other              |
Crackle       | 19000000 | image | finetune | segmentation                 | Dr. Castellanos                                     | Crack Pilot, Grain Boundaries | 2025-07-21 | 4: 3max 3max 3avg 1avg      | private
Old Faithful  | 8800000  | image | pretrain | classification               |                                                     |                               | 2020-01-20 | 2: 3max                     |
Humdrum       | 5300000  | audio | pretrain | classification               | Bram van Dorn                                       | Motor Hum                     | 2020-12-01 | 2: 9max 5max                |
Humdrum-2     | 9100000  | audio | finetune | classification, detection    | Bram van Dorn, ngozi.a                              | Motor Hum, Bearing Clicks     | 2022-07-11 | 3: 9max 5max 3avg           |
Tapmaster     | 2900000  | audio | pretrain | regression                   | j.okonkwo                                           | Ultrasound Taps               | 2023-05-29 | 2: 9avg 5avg                |
Beltwatch     | 27000000 | video | pretrain | detection                    | tamsin_r, o'hanlon                                  | Conveyor Days                 | 2021-11-16 | 4: 3max 3max 3max 3avg      |
Meltflow      | 45000000 | video | pretrain | regression, segmentation     | Marisol Etxeberria, Henrike Aalto, Dr. Castellanos  | Melt Pool Films               | 2023-09-12 | 5: 3max 3max 3avg 3avg 1avg |
"""

# the same, with the loss; batch size; input size
RNNS = """
ticket-gru    | 6200000  | text  | pretrain | classification             | yusuf, Kestrel           | Fault Tickets              | 2023-10-02 | cross_entropy; 64; 300  |
Shiftnotes    | 18000000 | text  | pretrain | generation                 | Stellan Brandt           | Shift Reports              | 2022-06-20 | nll; 128; 512           |
Shiftnotes Bi | 34000000 | text  | finetune | classification, generation | Stellan Brandt, Kestrel  | Shift Reports, Lab Diaries | 2023-02-14 | cross_entropy; 128; 512 |
Diarist       | 12000000 | text  | pretrain | generation                 | Henrike Aalto            | Lab Diaries                | 2022-01-27 | nll; 64; 256            |
Clickstep     | 950000   | audio | pretrain | classification             | Bram van Dorn, yusuf     | Bearing Clicks             | 2021-06-21 | bce; 16; 40             |
hum-lstm      | 1200000  | audio | pretrain | detection                  | Bram van Dorn            | Motor Hum                  | 2021-02-08 | bce; 32; 40             |
Accentor      | 15500000 | audio | finetune | generation                 | Priyanka                 | Accent Mile                | 2023-11-20 | ctc; 32; 80             |
Radiogram     | 21000000 | audio | pretrain | generation, segmentation   | Stellan Brandt, tamsin_r | Radio Chatter              | 2024-06-11 | ctc; 32; 80             |
Boothling     | 3400000  | audio | finetune | generation                 | tamsin_r                 | whisper-booth              | 2026-03-16 | ctc; 16; 80             | private
replay-rnn    | 2100000  | video | rl       | generation                 | LiWei, tamsin_r          | Robot Arm Replays          | 2025-04-14 | mse; 32; 128            |
Meltcurve     | 3700000  | video | pretrain | regression                 | Dr. Castellanos          | Melt Pool Films            | 2023-12-18 | huber; 16               |
"""

ADMIN = "foundry_root"
OF_A_MODEL = "Made up for testing: {media} model of a research group that does not exist."
OF_DATA = "Made up for testing: {media} data of a research group that does not exist."
